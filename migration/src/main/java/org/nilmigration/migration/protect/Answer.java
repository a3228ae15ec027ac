package org.nilmigration.migration.protect;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/** What a role's own thread answers to the request of another thread, and ends of threads. */
final class Answer {
  private static final Duration CLOSE_WITHIN = Duration.ofSeconds(30);

  private Answer() {}

  /**
   * Waits for the answer.
   *
   * @param what subject of the faults' sentences, such as "guest g: takeover"
   */
  static <T> T await(CompletableFuture<T> answer, Duration within, String what) {
    try {
      return answer.get(within.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof FaultException fault
          ? fault
          : new FaultException(FaultKind.ERROR, what + " failed", e.getCause());
    } catch (TimeoutException e) {
      throw new FaultException(
          FaultKind.TIMEOUT, what + " had no outcome within " + within + "; look at `vm show`", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FaultException(FaultKind.ERROR, what + " was interrupted", e);
    }
  }

  /** Waits for the end of a role's thread that was told to end; not when called on it. */
  static void awaitEnd(Thread thread) {
    try {
      if (Thread.currentThread() != thread && !thread.join(CLOSE_WITHIN)) {
        throw new FaultException(
            FaultKind.ERROR, "thread " + thread.getName() + " did not end within " + CLOSE_WITHIN);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
