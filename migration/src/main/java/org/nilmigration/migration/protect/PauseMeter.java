package org.nilmigration.migration.protect;

import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** Records pauses on the epoch thread; any thread reads. Does not allocate while recording. */
final class PauseMeter {
  private static final long NANOS_MAX = 60_000_000_000L;
  private static final double NANOS_PER_MILLI = 1e6;

  private final Histogram nanos = new ConcurrentHistogram(1_000, NANOS_MAX, 3);

  void record(long pauseNanos) {
    nanos.recordValue(Math.min(Math.max(pauseNanos, 0), NANOS_MAX));
  }

  PauseStatistics read() {
    return new PauseStatistics(
        nanos.getTotalCount(),
        nanos.getValueAtPercentile(50) / NANOS_PER_MILLI,
        nanos.getValueAtPercentile(99) / NANOS_PER_MILLI,
        nanos.getMaxValue() / NANOS_PER_MILLI);
  }
}
