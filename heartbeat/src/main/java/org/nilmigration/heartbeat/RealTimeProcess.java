package org.nilmigration.heartbeat;

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
}
