package org.nilmigration.daemon.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Durations in nanoseconds, read as percentiles in milliseconds. */
public final class Samples {
  private static final int PERCENT = 100;

  private final List<Long> nanos = new ArrayList<>();

  public void add(long duration) {
    nanos.add(duration);
  }

  public void addAll(Samples others) {
    nanos.addAll(others.nanos);
  }

  public int count() {
    return nanos.size();
  }

  public double minMillis() {
    return percentileMillis(nanos.stream().sorted().toList(), 0);
  }

  public double medianMillis() {
    return percentileMillis(nanos.stream().sorted().toList(), 50);
  }

  public double p99Millis() {
    return percentileMillis(nanos.stream().sorted().toList(), 99);
  }

  public Distribution distribution(String series) {
    List<Long> sorted = nanos.stream().sorted().toList();
    return new Distribution(
        series,
        sorted.size(),
        IntStream.rangeClosed(0, PERCENT).mapToObj(p -> percentileMillis(sorted, p)).toList());
  }

  /** The smallest sample that at least that many percent of all do not exceed. */
  private static double percentileMillis(List<Long> sorted, int percent) {
    int rank = (sorted.size() * percent + PERCENT - 1) / PERCENT;
    return sorted.get(Math.max(rank, 1) - 1) / 1e6;
  }
}
