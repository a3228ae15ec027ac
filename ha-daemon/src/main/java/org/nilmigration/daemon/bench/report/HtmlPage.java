package org.nilmigration.daemon.bench.report;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The report as one HTML page that needs nothing else. */
public final class HtmlPage {
  private static final String HEAD =
      """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8"><title>nilctl bench</title>
      <meta name="viewport" content="width=device-width">
      <style>
      :root{color-scheme:light dark;--s0:#0b66c3;--s1:#c2570c;--s2:#2f7d32;--s3:#8e44ad;--line:#8884}
      @media(prefers-color-scheme:dark){:root{--s0:#6cb2ff;--s1:#ffa45c;--s2:#7fd184;--s3:#d2a1ec}}
      body{font:15px/1.45 system-ui,sans-serif;max-width:78rem;margin:2rem auto;padding:0 1rem}
      .wide{overflow-x:auto}table{border-collapse:collapse}
      td,th{padding:.25rem .7rem;border-bottom:1px solid var(--line);text-align:left}
      .n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
      .no{font-weight:bold;color:#c22}
      .plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(22rem,1fr));gap:1.5rem}
      figure{margin:0}figcaption{font-weight:600;overflow-wrap:anywhere}
      svg{width:100%;height:auto}svg text{font-size:11px;fill:currentColor}
      .axis{stroke:currentColor;stroke-opacity:.4}
      .key{display:block;font-size:.85rem}
      .s0{--c:var(--s0)}.s1{--c:var(--s1)}.s2{--c:var(--s2)}.s3{--c:var(--s3)}
      .key::before{content:"";display:inline-block;width:1.4em;height:.25em;margin-right:.5em;vertical-align:middle;background:var(--c)}
      polyline{fill:none;stroke:var(--c);stroke-width:2}
      </style></head><body>
      """;

  private HtmlPage() {}

  public static String of(Report report) {
    StringBuilder page = new StringBuilder(HEAD);
    Machine machine = report.machine();
    page.append("<h1>nilctl bench</h1>\n<p><code>")
        .append(escaped(report.command()))
        .append("</code></p>\n<p>")
        .append(
            escaped(
                "%d processors (%s), %d MiB of memory, Linux %s, Java %s, QEMU %s with %s; load before the run %s"
                    .formatted(
                        machine.processors(),
                        machine.processor(),
                        machine.memoryMiB(),
                        machine.kernel(),
                        machine.java(),
                        machine.qemu(),
                        machine.accelerator(),
                        Report.number(machine.loadBefore()))))
        .append(
            ".</p>\n<p>Each value stands beside a floor or a peer measured in the same run; ratios"
                + " are what to compare between machines.</p>\n");
    table(page, report.figures());
    page.append("<h2>Distributions</h2>\n<div class=\"plots\">\n");
    report.figures().stream()
        .filter(figure -> !figure.distributions().isEmpty())
        .forEach(figure -> plot(page, figure));
    return page.append("</div>\n</body></html>\n").toString();
  }

  private static void table(StringBuilder page, List<Figure> figures) {
    page.append("<div class=\"wide\"><table>\n<tr><th>figure<th class=\"n\">value<th>against")
        .append("<th class=\"n\">reference<th class=\"n\">ratio<th>goal<th>met</tr>\n");
    for (Figure f : figures) {
      page.append("<tr><td>").append(escaped(f.figure()));
      number(page, f.value());
      page.append("<td>").append(f.against() == null ? "" : escaped(f.against()));
      number(page, f.reference());
      number(page, f.ratio());
      page.append("<td>").append(f.goal() == null ? "" : escaped(f.goal().toString()));
      page.append(Boolean.FALSE.equals(f.met()) ? "<td class=\"no\">NO" : "<td>")
          .append(Boolean.TRUE.equals(f.met()) ? "yes" : "")
          .append("</tr>\n");
    }
    page.append("</table></div>\n");
  }

  private static void number(StringBuilder page, Double value) {
    page.append("<td class=\"n\">").append(value == null ? "" : Report.number(value));
  }

  private static void plot(StringBuilder page, Figure figure) {
    Plot plot = Plot.of(figure.distributions());
    page.append("<figure><figcaption>")
        .append(escaped(figure.figure()))
        .append("</figcaption>\n")
        .append(plot.svg())
        .append(legend(figure.distributions()))
        .append("</figure>\n");
  }

  private static String legend(List<Distribution> drawn) {
    StringBuilder legend = new StringBuilder();
    for (int i = 0; i < drawn.size(); i++) {
      Distribution d = drawn.get(i);
      legend.append(
          String.format(
              Locale.ROOT,
              "<span class=\"key s%d\">%s: %d, median %s ms, 99%% within %s ms</span>%n",
              i % Plot.COLOURS,
              escaped(d.series()),
              d.count(),
              Report.number(d.percentileMillis().get(50)),
              Report.number(d.percentileMillis().get(99))));
    }
    return legend.toString();
  }

  private static String escaped(String text) {
    return text.chars()
        .mapToObj(c ->
            switch (c) {
              case '<' -> "&lt;";
              case '>' -> "&gt;";
              case '&' -> "&amp;";
              case '"' -> "&quot;";
              default -> Character.toString(c);
            })
        .collect(Collectors.joining());
  }
}
