package org.nilmigration.daemon.nilctl;

import java.util.List;
import java.util.Locale;
import org.nilmigration.daemon.api.CordonDocument;
import org.nilmigration.daemon.api.DrainStepDocument;
import org.nilmigration.daemon.api.HostDocument;
import org.nilmigration.daemon.cli.Table;

/** Hosts as people read them. */
final class HostText {
  private HostText() {}

  static Table table(HostDocument[] hosts) {
    Table table =
        new Table()
            .text("HOST")
            .text("SESSION")
            .text("HEARTBEAT")
            .text("CORDON")
            .text("OWNS")
            .text("STANDS BY")
            .text("API");
    for (HostDocument host : hosts) {
      table.row(
          host.name(),
          host.session() ? "up" : "lost",
          heartbeat(host),
          cordon(host),
          String.join(",", host.owns()),
          String.join(",", host.standsBy()),
          host.api());
    }
    return table;
  }

  static KeyValues details(HostDocument host) {
    return new KeyValues()
        .add("name", host.name())
        .add("session", host.session() ? "up" : "lost")
        .add("incarnation", host.incarnation())
        .add("heartbeat", heartbeat(host))
        .add("heartbeat says", host.heartbeatReason())
        .add("cordon", host.cordon() == null ? "none" : cordon(host.cordon()))
        .add("owns", host.owns().isEmpty() ? "none" : String.join(", ", host.owns()))
        .add("stands by", host.standsBy().isEmpty() ? "none" : String.join(", ", host.standsBy()))
        .add("api", host.api());
  }

  /** What is left of a drain. */
  static Table left(List<DrainStepDocument> left) {
    Table table = new Table().text("VM").text("ROLE").text("DRAIN").text("REASON");
    for (DrainStepDocument step : left) {
      table.row(
          step.vm(), GuestText.lower(step.role()), GuestText.lower(step.phase()), step.reason());
    }
    return table;
  }

  static String step(DrainStepDocument step) {
    return "%s (%s) %s: %s"
        .formatted(
            step.vm(), GuestText.lower(step.role()), GuestText.lower(step.phase()), step.reason());
  }

  static String cordon(CordonDocument cordon) {
    return "%s by %s since %s%s"
        .formatted(
            cordon.draining() ? "drained" : "cordoned",
            cordon.by(),
            cordon.at(),
            cordon.reason() == null ? "" : ": " + cordon.reason());
  }

  private static String cordon(HostDocument host) {
    if (host.cordon() == null) {
      return null;
    }
    return host.cordon().draining() ? "draining" : "cordoned";
  }

  private static String heartbeat(HostDocument host) {
    if (host.self()) {
      return "answers";
    }
    String liveness = GuestText.lower(host.heartbeat());
    return host.heartbeatAgeMillis() == null
        ? liveness
        : String.format(Locale.ROOT, "%s, %.0f ms ago", liveness, host.heartbeatAgeMillis());
  }
}
