package org.nilmigration.daemon.demo;

import java.util.Locale;

/** The report as people read it. */
final class DemoText {
  private DemoText() {}

  static String of(DemoReport report) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "nil-migration demo: %s guest, %s%n%n",
            report.machine(),
            report.accelerator()));
    for (DemoReport.Event event : report.timeline()) {
      text.append(
          String.format(Locale.ROOT, "%9.3f s  %s%n", event.atMillis() / 1e3, event.event()));
    }
    text.append(String.format(Locale.ROOT, "%n"));
    figures(report, text);
    for (String fault : report.faults()) {
      text.append("did not hold: ").append(fault).append(System.lineSeparator());
    }
    return text.append(report.ok() ? "OK: everything held" : "FAILED: not everything held")
        .toString();
  }

  private static void figures(DemoReport report, StringBuilder text) {
    DemoReport.Takeover takeover = report.takeover();
    DemoReport.Pause pause = report.epoch().pauseMillis();
    DemoReport.Guest guest = report.guest();
    row(text, "planned move", "blackout " + figure(report.handoff().blackoutMillis()) + " ms");
    row(
        text,
        "crash",
        "detection %s ms, takeover %s ms (suspicion to guest running)"
            .formatted(figure(takeover.detectionMillis()), figure(takeover.resumeMillis())));
    row(
        text,
        "epoch pause",
        "p50 %s ms, p99 %s ms over %s epochs; %s epochs committed in all"
            .formatted(
                figure(pause.p50()),
                figure(pause.p99()),
                figure(pause.samples()),
                figure(report.epoch().count())));
    row(
        text,
        "counter",
        "monotonic %s, %s ticks printed twice (last commit at most %s ms before the kill)"
            .formatted(
                figure(guest.counterMonotonic()),
                figure(takeover.repeatedTicks()),
                figure(takeover.lastCommitAgeMillisMax())));
    row(
        text,
        "guest",
        "same boot %s, memory errors %s in %s finished tests"
            .formatted(
                figure(guest.sameBoot()),
                figure(guest.memoryErrors()),
                figure(guest.memoryTestsPassed())));
    if (report.client() != null) {
      client(report.client(), text);
    }
    row(
        text,
        "killed host",
        "standby again " + figure(report.rejoin().syncedMillis()) + " ms after its start");
  }

  private static void client(DemoReport.Client client, StringBuilder text) {
    row(
        text,
        "client",
        "%s writes acknowledged, %s lost, %s applied twice; same TCP connection %s"
            .formatted(
                figure(client.acknowledged()),
                figure(client.lost()),
                figure(client.appliedTwice()),
                figure(client.sameConnection())));
    row(
        text,
        "client waits",
        "at most %s ms around the move, %s ms around the crash"
            .formatted(
                figure(client.silenceInMoveMillis()), figure(client.silenceInCrashMillis())));
  }

  private static void row(StringBuilder text, String name, String figures) {
    text.append(String.format(Locale.ROOT, "%-13s %s%n", name, figures));
  }

  private static String figure(Object value) {
    if (value == null) {
      return "?";
    }
    if (value instanceof Boolean yes) {
      return yes ? "yes" : "no";
    }
    return value instanceof Double number
        ? String.format(Locale.ROOT, "%.1f", number)
        : value.toString();
  }
}
