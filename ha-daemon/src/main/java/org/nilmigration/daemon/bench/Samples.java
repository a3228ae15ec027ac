package org.nilmigration.daemon.bench;

import java.util.ArrayList;
import java.util.List;

/** Durations in nanoseconds, read as percentiles in milliseconds. */
final class Samples {
  private final List<Long> nanos = new ArrayList<>();

  void add(long duration) {
    nanos.add(duration);
  }

  int count() {
    return nanos.size();
  }

  double medianMillis() {
    return percentileMillis(0.5);
  }

  double p99Millis() {
    return percentileMillis(0.99);
  }

  /** The smallest sample that at least {@code share} of all do not exceed. */
  private double percentileMillis(double share) {
    List<Long> sorted = nanos.stream().sorted().toList();
    int rank = (int) Math.ceil(share * sorted.size());
    return sorted.get(Math.max(rank, 1) - 1) / 1e6;
  }
}
