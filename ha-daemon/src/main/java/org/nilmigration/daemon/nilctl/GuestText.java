package org.nilmigration.daemon.nilctl;

import java.util.Locale;
import java.util.stream.Collectors;
import org.nilmigration.config.ByteSize;
import org.nilmigration.daemon.api.GuestDocument;
import org.nilmigration.daemon.api.PlacementDocument;
import org.nilmigration.daemon.api.RoleDocument;
import org.nilmigration.daemon.api.SpecDocument;
import org.nilmigration.daemon.cli.Table;

/** Guests as people read them. */
final class GuestText {
  static final String UNSAFE_OUTPUT =
      "immediate, UNSAFE: a takeover undoes what others have already seen";

  private GuestText() {}

  static Table table(GuestDocument[] guests) {
    Table table =
        new Table()
            .text("NAME")
            .text("STATE")
            .text("OWNER")
            .text("STANDBY")
            .text("PROTECTION")
            .text("HA")
            .text("OUTPUT")
            .number("MEMORY")
            .text("PLACEMENT")
            .number("VCPUS")
            .number("GENERATION")
            .text("NOTE");
    for (GuestDocument guest : guests) {
      PlacementDocument placement = guest.placement();
      table.row(
          guest.name(),
          state(guest),
          placement == null ? null : placement.owner(),
          placement == null ? null : placement.standby(),
          protection(placement),
          guest.pause() == null ? "on" : "PAUSED",
          output(guest.spec()),
          new ByteSize(guest.spec().memoryBytes()),
          placement == null ? guest.spec().placement() : lower(placement.memory()),
          guest.spec().vcpus(),
          placement == null ? null : placement.generation(),
          placement == null ? null : placement.note());
    }
    return table;
  }

  static KeyValues details(GuestDocument guest) {
    SpecDocument spec = guest.spec();
    KeyValues lines = new KeyValues().add("name", guest.name()).add("state", state(guest));
    PlacementDocument placement = guest.placement();
    if (placement != null) {
      lines
          .add("owner", placement.owner())
          .add("standby", placement.standby() == null ? "none" : placement.standby())
          .add("protection", protection(placement))
          .add("generation", placement.generation())
          .add("note", placement.note());
    }
    lines
        .add("ha", guest.pause() == null ? "on" : guest.pause().sentence())
        .add("memory", new ByteSize(spec.memoryBytes()))
        .add("placement", placement(guest))
        .add("vcpus", spec.vcpus())
        .add("machine", spec.machine())
        .add("cpu", spec.cpu())
        .add("kernel", spec.kernel())
        .add("initrd", spec.initrd())
        .add("append", spec.append())
        .add("disk", spec.disk())
        .add("nics", nics(spec))
        .add("output", spec.unsafeOutput() ? UNSAFE_OUTPUT : output(spec))
        .add("qemuArgs", String.join(" ", spec.qemuArgs()))
        .add("preferred host", spec.host());
    addRole(lines, guest.here());
    if (!spec.nics().isEmpty()) {
      lines.add("output gate", gate(guest));
    }
    return lines;
  }

  /** Where its memory is, and where it is when it starts. */
  private static String placement(GuestDocument guest) {
    String first = guest.spec().placement();
    PlacementDocument placement = guest.placement();
    boolean runs = placement != null && !state(guest).startsWith("stopped");
    return runs ? lower(placement.memory()) + " now, " + first + " by default" : first;
  }

  private static String nics(SpecDocument spec) {
    return spec.nics().stream()
        .map(nic -> nic.tap() + " on " + nic.bridge() + " (" + nic.mac() + ")")
        .collect(Collectors.joining(", "));
  }

  /** Null for a guest that has no way to send and says nothing unsafe. */
  private static String output(SpecDocument spec) {
    if (spec.unsafeOutput()) {
      return "UNSAFE";
    }
    return spec.nics().isEmpty() ? null : spec.output();
  }

  private static void addRole(KeyValues lines, RoleDocument here) {
    if (here == null) {
      return;
    }
    lines.add("here", lower(here.role()) + ", " + lower(here.phase())).add("epoch", here.epoch());
    if (here.pauseP50Millis() != null) {
      lines.add(
          "epoch pause",
          String.format(
              Locale.ROOT,
              "p50 %.2f ms, p99 %.2f ms (%d epochs)",
              here.pauseP50Millis(),
              here.pauseP99Millis(),
              here.pauseCount()));
    }
    lines.add("last decision", here.lastDecision()).add("fault", here.fault());
  }

  /** Null where the answering host does not run the guest. */
  private static String gate(GuestDocument guest) {
    if (guest.here() == null || guest.here().gate() == null) {
      return null;
    }
    if (guest.here().gate().equals("HELD")) {
      return "held: output waits for its commit";
    }
    PlacementDocument placement = guest.placement();
    boolean harmless = placement != null && !placement.synced() && !guest.spec().unsafeOutput();
    return "open: output leaves at once" + (harmless ? ", for no standby could take over" : "");
  }

  /** The agreed state, with what it is on its way to. */
  static String state(GuestDocument guest) {
    PlacementDocument placement = guest.placement();
    String desired = guest.desired();
    if (placement == null) {
      return desired.equals("RUNNING") ? "waiting" : lower(desired);
    }
    String state = lower(placement.state());
    boolean ended = state.equals("stopped") || state.equals("failed");
    return switch (desired) {
      case "STOPPED" -> ended ? state : state + ", stopping";
      case "REMOVED" -> state + ", being removed";
      default -> state.equals("stopped") ? "stopped, waiting" : state;
    };
  }

  private static String protection(PlacementDocument placement) {
    if (placement == null || placement.standby() == null) {
      return "none";
    }
    return placement.synced() ? "protected" : "syncing";
  }

  static String lower(String name) {
    return name == null ? "" : name.toLowerCase(Locale.ROOT);
  }
}
