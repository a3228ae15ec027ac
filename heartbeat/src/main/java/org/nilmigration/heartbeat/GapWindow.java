package org.nilmigration.heartbeat;

/**
 * The largest gap between beats within the last one to two windows of time, so that one bad moment
 * is remembered for a while and then forgotten.
 */
final class GapWindow {
  private static final long WINDOW_NANOS = 30_000_000_000L;

  private long windowStartNanos;
  private long largestNanos;
  private long largestBeforeNanos;

  GapWindow(long nowNanos) {
    windowStartNanos = nowNanos;
  }

  void add(long gapNanos, long nowNanos) {
    rotate(nowNanos);
    largestNanos = Math.max(largestNanos, gapNanos);
  }

  long largestNanos() {
    return Math.max(largestNanos, largestBeforeNanos);
  }

  private void rotate(long nowNanos) {
    long elapsed = nowNanos - windowStartNanos;
    if (elapsed < WINDOW_NANOS) {
      return;
    }
    largestBeforeNanos = elapsed < 2 * WINDOW_NANOS ? largestNanos : 0;
    largestNanos = 0;
    windowStartNanos = nowNanos;
  }
}
