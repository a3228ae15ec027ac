package org.nilmigration.daemon.bench.report;

import java.util.Locale;

/** What a figure is to be. */
public record Goal(boolean atMost, double bound) {
  private static final double TIMES_MIN = 10;

  public static Goal atMost(double bound) {
    return new Goal(true, bound);
  }

  public static Goal atLeast(double bound) {
    return new Goal(false, bound);
  }

  boolean holds(double found) {
    return atMost ? found <= bound : found >= bound;
  }

  @Override
  public String toString() {
    double times = 1 / bound;
    if (times > TIMES_MIN && Math.abs(times - Math.rint(times)) < 1e-9) {
      return String.format(Locale.ROOT, "%s 1/%.0f", atMost ? "<=" : ">=", times);
    }
    return String.format(Locale.ROOT, "%s %.4g", atMost ? "<=" : ">=", bound)
        .replaceAll("(\\.\\d*?)0+$", "$1")
        .replaceAll("\\.$", "");
  }
}
