package org.nilmigration.heartbeat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Beats for this host. Owns the thread {@code beat}, the only writer of the line. When the line
 * cannot be written any more the thread ends with an ERROR in the log: other hosts then see this
 * one as dead, which is what it has become for them.
 */
public final class BeatWriter implements AutoCloseable {
  static final int PRIORITY = 10;
  private static final int LATE_INTERVALS = 5;

  private static final Logger log = LoggerFactory.getLogger(BeatWriter.class);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  private final BeatLine line;
  private final long intervalNanos;
  private final CompletableFuture<Boolean> firstBeat = new CompletableFuture<>();
  private final Thread thread;
  private volatile boolean closed;
  private volatile long leaseNanos;

  private BeatWriter(BeatLine line, long incarnation, long intervalNanos) {
    this.line = line;
    this.intervalNanos = intervalNanos;
    this.thread =
        Thread.ofPlatform().name("beat").daemon(true).unstarted(() -> runSafely(incarnation));
  }

  /**
   * Returns when the first beat is visible.
   *
   * @param incarnation not 0; differs from every earlier incarnation of this host
   */
  public static BeatWriter start(BeatLine line, long incarnation, Duration interval) {
    if (incarnation == 0) {
      throw new IllegalArgumentException("beat: incarnation 0 means that nobody beats");
    }
    BeatWriter writer = new BeatWriter(line, incarnation, interval.toNanos());
    writer.thread.start();
    writer.firstBeat.join();
    return writer;
  }

  /** Whether the thread runs with real-time priority. */
  public boolean realtime() {
    return firstBeat.join();
  }

  private void runSafely(long incarnation) {
    try {
      run(incarnation);
    } catch (RuntimeException | InternalError lineLost) {
      firstBeat.completeExceptionally(lineLost);
      log.error("beat incarnation={} ended: its line cannot be written", incarnation, lineLost);
    }
  }

  private void run(long incarnation) {
    boolean realtime = RealTimeThreads.raise(PRIORITY);
    if (realtime) {
      RealTimeThreads.raiseVmThread(PRIORITY + 1);
    }
    line.start(incarnation, intervalNanos);
    long counter = 0;
    long dueNanos = System.nanoTime();
    while (!closed) {
      long nowNanos = System.nanoTime();
      if (nowNanos - dueNanos < 0) {
        LockSupport.parkNanos(this, dueNanos - nowNanos);
        continue;
      }
      counter++;
      line.beatRelease(counter, nowNanos);
      firstBeat.complete(realtime);
      if (nowNanos - dueNanos > LATE_INTERVALS * intervalNanos) {
        log.warn(
            "a beat came {} ms late: this host stood still or its processors were taken",
            (nowNanos - dueNanos) / 1_000_000);
      }
      boolean missedOne = nowNanos - dueNanos > intervalNanos;
      dueNanos = (missedOne ? nowNanos : dueNanos) + intervalNanos;
    }
    if (leaseNanos > 0) {
      line.leaveRelease(counter + 1, System.nanoTime(), leaseNanos);
    }
  }

  /**
   * Ends as {@link #close}, with a last beat that asks to wait for the next incarnation.
   *
   * @param lease how long
   */
  public void leave(Duration lease) {
    leaseNanos = lease.toNanos();
    close();
  }

  /** Stops beating; the line keeps its last beat and is not touched after this returns. */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    Joins.join(thread, CLOSE_TIMEOUT);
  }
}
