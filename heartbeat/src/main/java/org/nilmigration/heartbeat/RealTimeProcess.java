package org.nilmigration.heartbeat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** Real-time priority for a whole daemon, below that of its beats. */
public final class RealTimeProcess {
  private static final int PRIORITY = 2;
  private static final int PRIORITY_OF_COMPILERS = 1;
  private static final int WARM_UP_SECONDS = 60;

  private static volatile boolean raised;

  private RealTimeProcess() {}

  /**
   * Raises the threads of this process to {@code SCHED_RR}; those of the JVM that compile a little
   * less, and only after {@value #WARM_UP_SECONDS} s, so that guests get their processors while
   * there is much to compile. Threads and processes that are started afterwards inherit it. Where
   * it is refused, the log says so.
   */
  public static void raise() {
    raised = true;
    RealTimeThreads.raiseAll(PRIORITY);
    CompletableFuture.delayedExecutor(WARM_UP_SECONDS, TimeUnit.SECONDS)
        .execute(() -> RealTimeThreads.raiseCompilers(PRIORITY_OF_COMPILERS));
  }

  /**
   * Does {@code work} on a thread of that priority, and so on those that it starts, in a process
   * that is not raised as a whole.
   *
   * @throws Exception what the work throws
   */
  public static void run(Work work) throws Exception {
    FutureTask<Void> task =
        new FutureTask<>(() -> {
          raised = true;
          RealTimeThreads.raiseWithHeirs(PRIORITY);
          work.run();
          return null;
        });
    Thread thread = Thread.ofPlatform().name("as-daemon").start(task);
    try {
      task.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    } catch (InterruptedException e) {
      thread.interrupt();
      throw e;
    }
  }

  /**
   * Says whether the calling thread, of what was raised, is urgent: one that computes for long and
   * that nobody waits for must not stand in the way of guests. It has the usual priority then.
   */
  public static void urgent(boolean isUrgent) {
    if (!raised) {
      return;
    }
    if (isUrgent) {
      RealTimeThreads.raiseWithHeirs(PRIORITY);
    } else {
      RealTimeThreads.lower();
    }
  }

  /** What may throw. */
  @FunctionalInterface
  public interface Work {
    void run() throws Exception;
  }
}
