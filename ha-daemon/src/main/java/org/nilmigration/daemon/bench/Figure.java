package org.nilmigration.daemon.bench;

/**
 * One line of the report.
 *
 * @param figure what was measured, with its unit last
 * @param value the measurement
 * @param floor the least it could be, measured in the same run; null where there is none
 * @param ratio value / floor, null without a floor
 * @param goal upper bound of the ratio, or of the value where there is no floor; null when only
 *     reported
 * @param met whether the goal holds, null without a goal
 */
record Figure(String figure, double value, Double floor, Double ratio, Double goal, Boolean met) {

  /** A figure whose goal bounds value / floor. */
  static Figure ratio(String figure, double value, double floor, Double goal) {
    double ratio = value / floor;
    return new Figure(figure, value, floor, ratio, goal, goal == null ? null : ratio <= goal);
  }

  /** A figure whose goal bounds the value itself. */
  static Figure absolute(String figure, double value, Double goal) {
    return new Figure(figure, value, null, null, goal, goal == null ? null : value <= goal);
  }
}
