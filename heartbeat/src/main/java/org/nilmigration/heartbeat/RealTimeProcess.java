package org.nilmigration.heartbeat;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Real-time priority for a whole daemon, below that of its beats. */
public final class RealTimeProcess {
  private static final int PRIORITY = 2;

  private RealTimeProcess() {}

  /**
   * Raises the threads of this process to {@code SCHED_RR}, those of the JVM that compile a little
   * less. Threads and processes that are started afterwards inherit it. Where it is refused, the
   * log says so.
   */
  public static void raise() {
    RealTimeThreads.raiseAll(PRIORITY);
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

  /** What may throw. */
  @FunctionalInterface
  public interface Work {
    void run() throws Exception;
  }
}
