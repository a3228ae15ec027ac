package org.nilmigration.daemon.nilctl;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.nilmigration.daemon.api.HistoryDocument;
import org.nilmigration.daemon.cli.OutputOption;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code nilctl explain}: one record of the history, all of it. */
@Command(
    name = "explain",
    description =
        "Why a guest changed hands: cause, what both channels said, what was ruled out, each step.",
    sortOptions = false)
final class ExplainCommand implements Runnable {
  private static final double NANOS_PER_MILLI = 1e6;

  /** The steps of a takeover or a move in the order they happen; others come after them. */
  private static final List<String> STEPS =
      List.of("detection", "decision", "zookeeper", "recover", "restore", "run", "resume");

  @Parameters(paramLabel = "ID", description = "as nilctl history shows it")
  private String id;

  @Mixin private OutputOption output;
  @Mixin private ConnectionOptions connection;

  @Override
  public void run() {
    HistoryDocument record =
        connection
            .client()
            .get("/history" + ApiClient.path(HistoryText.recordId(id)), HistoryDocument.class);
    output.print(record, out -> print(record, out));
  }

  private static void print(HistoryDocument record, PrintWriter out) {
    KeyValues lines = new KeyValues();
    lines
        .add("id", HistoryText.shortId(record.id()))
        .add("at", HistoryText.time(record))
        .add("what", GuestText.lower(record.kind()))
        .add("vm", record.vm())
        .add("from", record.from())
        .add("to", record.to())
        .add("generation", record.vm() == null ? null : record.generation())
        .add("epoch", record.epoch() == 0 ? null : record.epoch())
        .add("epoch's age", millis(record.evidence().get("epochAgeNanos")))
        .add("cause", record.cause());
    addEvidence(lines, record.evidence());
    addSteps(lines, record.timingsMillis());
    lines.print(out);
  }

  private static void addEvidence(KeyValues lines, Map<String, String> evidence) {
    lines
        .add("beats", evidence.get("verdict"))
        .add("last beat", evidence.get("lastBeat"))
        .add("silent for", millis(evidence.get("silentNanos")))
        .add("threshold", millis(evidence.get("thresholdNanos")))
        .add("session", evidence.get("session"));
    String ruledOut = evidence.get("ruledOut");
    if (ruledOut != null) {
      int line = 1;
      for (String reason : ruledOut.split("; ")) {
        lines.add("ruled out " + line++, reason);
      }
    }
  }

  private static String millis(String nanosOrNull) {
    return nanosOrNull == null
        ? null
        : String.format(Locale.ROOT, "%.1f ms", Long.parseLong(nanosOrNull) / NANOS_PER_MILLI);
  }

  private static void addSteps(KeyValues lines, Map<String, Double> millis) {
    STEPS.stream().filter(millis::containsKey).forEach(step -> add(lines, step, millis));
    millis.keySet().stream()
        .filter(step -> !STEPS.contains(step))
        .sorted()
        .forEach(step -> add(lines, step, millis));
  }

  private static void add(KeyValues lines, String step, Map<String, Double> millis) {
    lines.add(step, String.format(Locale.ROOT, "%.2f ms", millis.get(step)));
  }
}
