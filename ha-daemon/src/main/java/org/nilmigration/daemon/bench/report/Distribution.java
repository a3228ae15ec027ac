package org.nilmigration.daemon.bench.report;

import java.util.List;

/**
 * A series of durations, reduced to what a plot shows.
 *
 * @param series its name
 * @param count how many there were
 * @param percentileMillis entry p is the smallest one that at least p percent do not exceed, in
 *     milliseconds; entry 0 is the smallest of all
 */
public record Distribution(String series, int count, List<Double> percentileMillis) {
  public Distribution {
    percentileMillis = List.copyOf(percentileMillis);
  }
}
