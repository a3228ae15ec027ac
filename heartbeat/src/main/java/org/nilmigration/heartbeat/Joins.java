package org.nilmigration.heartbeat;

import java.time.Duration;

/** Waits for an own thread to end, for a bounded time. */
final class Joins {
  private Joins() {}

  /**
   * @throws IllegalStateException when it does not end in time: what it uses must stay mapped
   */
  static void join(Thread thread, Duration timeout) {
    boolean interrupted = false;
    boolean ended = false;
    long endNanos = System.nanoTime() + timeout.toNanos();
    while (!ended && endNanos - System.nanoTime() > 0) {
      try {
        ended = thread.join(Duration.ofNanos(Math.max(1, endNanos - System.nanoTime())));
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (!ended) {
      throw new IllegalStateException(
          "thread %s did not end within %s".formatted(thread.getName(), timeout));
    }
  }
}
