package org.nilmigration.daemon.bench.report;

import java.util.List;

/**
 * One line of the report.
 *
 * @param figure what was measured: the section's word, then the subject, its unit and its statistic
 * @param value the measurement
 * @param against what it is compared with, measured in the same run; null where there is nothing
 * @param reference the measurement of that, null without one
 * @param ratio value / reference, null without one
 * @param goal what the ratio is to be, or the value where there is no reference; null when only
 *     reported
 * @param met whether the goal holds, null without a goal
 * @param distributions of the value, of the reference, and of whatever belongs beside them; may be
 *     empty
 */
public record Figure(
    String figure,
    double value,
    String against,
    Double reference,
    Double ratio,
    Goal goal,
    Boolean met,
    List<Distribution> distributions) {

  public Figure {
    distributions = List.copyOf(distributions);
  }

  /** A figure whose goal bounds value / reference. */
  public static Figure ratio(
      String figure, double value, String against, double reference, Goal goal) {
    double ratio = value / reference;
    return new Figure(figure, value, against, reference, ratio, goal, met(goal, ratio), List.of());
  }

  /** Medians of two series, in milliseconds, with their distributions. */
  public static Figure medians(
      String figure, Samples value, String against, Samples reference, Goal goal) {
    return ratio(figure, value.medianMillis(), against, reference.medianMillis(), goal)
        .with(value.distribution(figure), reference.distribution(against));
  }

  /** A figure whose goal bounds the value itself. */
  public static Figure absolute(String figure, double value, Goal goal) {
    return new Figure(figure, value, null, null, null, goal, met(goal, value), List.of());
  }

  /** The same with distributions to draw. */
  public Figure with(Distribution... drawn) {
    return new Figure(figure, value, against, reference, ratio, goal, met, List.of(drawn));
  }

  private static Boolean met(Goal goal, double found) {
    return goal == null ? null : goal.holds(found);
  }
}
