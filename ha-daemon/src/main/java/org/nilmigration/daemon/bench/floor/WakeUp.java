package org.nilmigration.daemon.bench.floor;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.nilmigration.daemon.bench.report.Samples;

/**
 * How late the kernel lets a platform thread of this process run, at this process's own priority.
 */
public final class WakeUp {
  private static final long BETWEEN_NANOS = 200_000;
  private static final int WARM_UP = 100;

  private WakeUp() {}

  /** From the call of unpark by one thread until another one, which is parked, runs. */
  public static Samples unparks(int count) {
    Sleeper sleeper = new Sleeper();
    Thread thread = Thread.ofPlatform().name("bench-sleeper").daemon(true).start(sleeper);
    Samples latency = new Samples();
    try {
      for (int i = -WARM_UP; i < count; i++) {
        while (thread.getState() != Thread.State.WAITING) {
          LockSupport.parkNanos(BETWEEN_NANOS);
        }
        long asked = System.nanoTime();
        sleeper.askedNanos = asked;
        LockSupport.unpark(thread);
        while (sleeper.answeredNanos != asked) {
          LockSupport.parkNanos(BETWEEN_NANOS);
        }
        if (i >= 0) {
          latency.add(sleeper.wokeNanos - asked);
        }
      }
    } finally {
      sleeper.over = true;
      LockSupport.unpark(thread);
    }
    return latency;
  }

  /** How much longer than asked for a park of so long takes. */
  public static Samples timedParks(int count, Duration park) {
    Samples late = new Samples();
    for (int i = -WARM_UP; i < count; i++) {
      long start = System.nanoTime();
      LockSupport.parkNanos(park.toNanos());
      long took = System.nanoTime() - start;
      if (i >= 0) {
        late.add(took - park.toNanos());
      }
    }
    return late;
  }

  private static final class Sleeper implements Runnable {
    private volatile long askedNanos;
    private volatile long wokeNanos;
    private volatile long answeredNanos;
    private volatile boolean over;

    @Override
    public void run() {
      while (!over) {
        LockSupport.park();
        wokeNanos = System.nanoTime();
        answeredNanos = askedNanos;
      }
    }
  }
}
