package org.nilmigration.daemon.bench.report;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.nilmigration.daemon.cli.Table;

/**
 * One run of the bench.
 *
 * @param command what was run
 * @param machine where
 * @param figures in the order in which they were measured
 */
public record Report(String command, Machine machine, List<Figure> figures) {
  public Report {
    figures = List.copyOf(figures);
  }

  /** True unless a goal was missed. */
  public boolean met() {
    return figures.stream().noneMatch(figure -> Boolean.FALSE.equals(figure.met()));
  }

  public void printTable(PrintWriter out) {
    Table table =
        new Table()
            .text("figure")
            .number("value")
            .text("against")
            .number("reference")
            .number("ratio")
            .text("goal")
            .text("met");
    for (Figure f : figures) {
      table.row(
          f.figure(),
          number(f.value()),
          f.against(),
          number(f.reference()),
          number(f.ratio()),
          f.goal(),
          f.met() == null ? null : f.met() ? "yes" : "NO");
    }
    table.print(out);
  }

  static String number(Double value) {
    if (value == null) {
      return null;
    }
    return String.format(Locale.ROOT, Math.abs(value) < 0.1 ? "%.4f" : "%.2f", value);
  }
}
