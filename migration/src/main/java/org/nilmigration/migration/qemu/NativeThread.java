package org.nilmigration.migration.qemu;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * The platform thread {@code hypervisor-native}. Linux sends a child its parent-death signal when
 * the <em>thread</em> that started it ends, and takes ptrace calls only from the thread that
 * attached; so both belong to one thread that lives as long as its hypervisor.
 */
final class NativeThread implements AutoCloseable {
  private static final long CALL_SECONDS_MAX = 30;

  private final ExecutorService executor =
      Executors.newSingleThreadExecutor(
          task -> Thread.ofPlatform().name("hypervisor-native").daemon(true).unstarted(task));

  /** Runs {@code task} on the thread and hands on what it returns or throws. */
  <T> T call(Callable<T> task) {
    Future<T> future = executor.submit(task);
    try {
      return future.get(CALL_SECONDS_MAX, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        case null, default ->
            throw new FaultException(
                FaultKind.ERROR,
                "A call on the thread hypervisor-native failed: " + e.getCause(),
                e);
      }
    } catch (TimeoutException e) {
      throw new FaultException(
          FaultKind.TIMEOUT,
          "The thread hypervisor-native did not answer within "
              + CALL_SECONDS_MAX
              + " s; look for a process in uninterruptible sleep (state D), then restart nild.",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FaultException(
          FaultKind.ERROR, "Interrupted while waiting for the thread hypervisor-native.", e);
    }
  }

  /** Ends the thread, and with it every process that it started. */
  @Override
  public void close() {
    executor.shutdownNow();
  }
}
