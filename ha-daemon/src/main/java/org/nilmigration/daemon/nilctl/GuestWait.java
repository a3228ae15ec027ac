package org.nilmigration.daemon.nilctl;

import java.util.Map;
import java.util.Optional;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.daemon.api.GuestDocument;
import org.nilmigration.daemon.api.PlacementDocument;
import org.nilmigration.daemon.cli.OutputOption;

/** Follows a guest to where it was sent, and says where it is. */
final class GuestWait {
  private final ApiClient client;
  private final WaitOptions wait;
  private final OutputOption output;

  GuestWait(ApiClient client, WaitOptions wait, OutputOption output) {
    this.client = client;
    this.wait = wait;
    this.output = output;
  }

  GuestDocument show(String name) {
    return client.get(ApiClient.path("vms", name), GuestDocument.class);
  }

  void untilRunning(String name) {
    if (!wait.waits()) {
      GuestDocument now = show(name);
      print(now, "is to run; 'nilctl vm show " + name + "' tells how far it is");
      return;
    }
    GuestDocument running = wait.until("guest " + name + " starts", () -> running(show(name)));
    PlacementDocument placement = running.placement();
    String standby =
        placement.standby() == null
            ? "no standby yet: it is not protected"
            : placement.synced()
                ? "protected by host " + placement.standby()
                : "host " + placement.standby() + " is getting its first copy";
    print(running, "runs on host " + placement.owner() + "; " + standby);
  }

  private static Optional<GuestDocument> running(GuestDocument guest) {
    PlacementDocument placement = guest.placement();
    String state = placement == null ? "" : placement.state();
    if (state.equals("FAILED")) {
      throw new FaultException(
          FaultKind.ERROR,
          "guest %s did not start: %s"
              .formatted(
                  guest.name(),
                  placement.note() == null
                      ? "see the log of nild on host " + placement.owner()
                      : placement.note()));
    }
    boolean runs = !state.isEmpty() && !state.equals("STARTING") && !state.equals("STOPPED");
    return runs ? Optional.of(guest) : Optional.empty();
  }

  void untilStopped(String name) {
    if (!wait.waits()) {
      print(show(name), "is to stop");
      return;
    }
    GuestDocument stopped = wait.until("guest " + name + " stops", () -> stopped(show(name)));
    print(stopped, "is stopped");
  }

  private static Optional<GuestDocument> stopped(GuestDocument guest) {
    String state = guest.placement() == null ? "STOPPED" : guest.placement().state();
    return state.equals("STOPPED") || state.equals("FAILED")
        ? Optional.of(guest)
        : Optional.empty();
  }

  void untilGone(String name) {
    String outcome = "is to be removed";
    if (wait.waits()) {
      wait.until("guest " + name + " is removed", () -> gone(name));
      outcome = "is removed";
    }
    String sentence = "guest %s %s".formatted(name, outcome);
    output.print(Map.of("name", name, "removed", wait.waits()), out -> out.println(sentence));
  }

  private Optional<Boolean> gone(String name) {
    try {
      show(name);
      return Optional.empty();
    } catch (FaultException fault) {
      if (fault.kind() == FaultKind.NO_SUCH) {
        return Optional.of(true);
      }
      throw fault;
    }
  }

  void print(GuestDocument guest, String outcome) {
    output.print(guest, out -> out.println("guest " + guest.name() + " " + outcome));
  }
}
