package org.nilmigration.daemon.bench.report;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Cumulative distributions as SVG: to the right the duration on a logarithmic scale, upwards the
 * share of all that took no longer.
 *
 * @param decadeFirst power of ten of the left edge, in milliseconds
 * @param decadeLast of the right edge
 */
record Plot(List<Distribution> drawn, int decadeFirst, int decadeLast) {
  static final int COLOURS = 4;

  private static final int WIDTH = 420;
  private static final int HEIGHT = 200;
  private static final int LEFT = 40;
  private static final int BOTTOM = 170;
  private static final int TOP = 10;
  private static final double LEAST_MILLIS = 1e-6;

  static Plot of(List<Distribution> drawn) {
    double least = drawn.stream().mapToDouble(d -> clipped(d, 0)).min().orElseThrow();
    double most = drawn.stream().mapToDouble(d -> clipped(d, 100)).max().orElseThrow();
    int first = (int) Math.floor(Math.log10(least));
    return new Plot(drawn, first, Math.max(first + 1, (int) Math.ceil(Math.log10(most))));
  }

  private static double clipped(Distribution d, int percent) {
    return Math.max(d.percentileMillis().get(percent), LEAST_MILLIS);
  }

  String svg() {
    StringBuilder svg = new StringBuilder();
    svg.append("<svg viewBox=\"0 0 ").append(WIDTH).append(' ').append(HEIGHT).append("\">\n");
    for (int percent = 0; percent <= 100; percent += 50) {
      line(svg, LEFT, y(percent), WIDTH, y(percent));
      text(svg, "end", LEFT - 5, y(percent) + 4, percent + " %");
    }
    for (int decade = decadeFirst; decade <= decadeLast; decade++) {
      double x = x(Math.pow(10, decade));
      line(svg, x, TOP, x, BOTTOM);
      String anchor = decade == decadeLast ? "end" : "middle";
      text(svg, anchor, x, BOTTOM + 18, label(decade));
    }
    for (int i = 0; i < drawn.size(); i++) {
      curve(svg, i % COLOURS, drawn.get(i));
    }
    return svg.append("</svg>\n").toString();
  }

  private void curve(StringBuilder svg, int colour, Distribution d) {
    svg.append("<polyline class=\"s").append(colour).append("\" points=\"");
    IntStream.rangeClosed(0, 100)
        .forEach(p -> svg.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(clipped(d, p)), y(p))));
    svg.append("\"/>\n");
  }

  private double x(double millis) {
    double share = (Math.log10(millis) - decadeFirst) / (decadeLast - decadeFirst);
    return LEFT + share * (WIDTH - LEFT - 1);
  }

  private static double y(double percent) {
    return BOTTOM - percent / 100 * (BOTTOM - TOP);
  }

  private static String label(int decade) {
    return decade < 0
        ? String.format(Locale.ROOT, "%." + -decade + "f ms", Math.pow(10, decade))
        : String.format(Locale.ROOT, "%.0f ms", Math.pow(10, decade));
  }

  private static void line(StringBuilder svg, double x1, double y1, double x2, double y2) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<line class=\"axis\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>%n",
            x1,
            y1,
            x2,
            y2));
  }

  private static void text(StringBuilder svg, String anchor, double x, double y, String text) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<text text-anchor=\"%s\" x=\"%.1f\" y=\"%.1f\">%s</text>%n",
            anchor,
            x,
            y,
            text));
  }
}
