package org.nilmigration.daemon.nilctl;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.nilmigration.daemon.api.HistoryDocument;
import org.nilmigration.daemon.cli.OutputOption;
import org.nilmigration.daemon.cli.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code nilctl history}: what happened. */
@Command(
    name = "history",
    description = "What happened to guests and hosts, newest first; explain says more of one.",
    sortOptions = false)
final class HistoryCommand implements Runnable {
  /** Durations that say most about a record, in the order that people ask for them. */
  private static final List<String> TELLING = List.of("detection", "resume", "blackout");

  @Option(names = "--vm", paramLabel = "NAME", description = "only that guest")
  private String vm;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "50",
      description = "how many records at most (default: ${DEFAULT-VALUE})")
  private int limit;

  @Mixin private OutputOption output;
  @Mixin private ConnectionOptions connection;

  @Override
  public void run() {
    String query = "?limit=" + limit + (vm == null ? "" : "&vm=" + ApiClient.path(vm).substring(1));
    HistoryDocument[] records =
        connection.client().get("/history" + query, HistoryDocument[].class);
    output.print(
        records,
        out -> {
          if (records.length == 0) {
            output.remark(
                "nothing has happened to " + (vm == null ? "any guest" : "guest " + vm) + " yet");
          } else {
            table(records).print(out);
          }
        });
  }

  private static Table table(HistoryDocument[] records) {
    Table table =
        new Table()
            .text("ID")
            .text("AT")
            .text("WHAT")
            .text("VM")
            .text("FROM")
            .text("TO")
            .number("GENERATION")
            .number("EPOCH")
            .text("TOOK")
            .text("CAUSE");
    for (HistoryDocument record : records) {
      table.row(
          HistoryText.shortId(record.id()),
          HistoryText.time(record),
          GuestText.lower(record.kind()),
          record.vm(),
          record.from(),
          record.to(),
          record.generation(),
          record.epoch(),
          took(record.timingsMillis()),
          record.cause());
    }
    return table;
  }

  private static String took(Map<String, Double> millis) {
    if (millis == null) {
      return "";
    }
    return TELLING.stream()
        .filter(millis::containsKey)
        .map(step -> String.format(Locale.ROOT, "%s %.1f ms", step, millis.get(step)))
        .collect(Collectors.joining(", "));
  }
}
