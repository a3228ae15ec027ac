package org.nilmigration.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.nilmigration.config.ByteSize;
import org.nilmigration.config.MachineType;
import org.nilmigration.daemon.api.PlacementDocument;
import org.nilmigration.daemon.lab.ConsoleLog;
import org.nilmigration.daemon.lab.Continuity;
import org.nilmigration.daemon.lab.GuestImage;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabGuest;
import org.nilmigration.daemon.lab.LabHost;

/** Small guests spread over the hosts of a lab, and the loss of one of its hosts. */
final class ManyGuests {
  private static final Duration WITHIN = Duration.ofMinutes(4);
  private static final int TICKS = 5;

  private final Lab lab;
  private final List<LabGuest> guests = new ArrayList<>();

  private ManyGuests(Lab lab) {
    this.lab = lab;
  }

  /** Starts them, each on the next host, and waits until all are protected. */
  static ManyGuests begin(Lab lab, int count) {
    ManyGuests many = new ManyGuests(lab);
    GuestImage image = GuestImage.find();
    List<LabHost> hosts = lab.hosts();
    for (int i = 0; i < count; i++) {
      LabHost first = hosts.get(i % hosts.size());
      first
          .api()
          .apply(
              LabGuest.config("g" + i, image, MachineType.MICROVM, "", first.name())
                  .withSize(1, ByteSize.ofMiB(128)));
      many.guests.add(new LabGuest(lab, "g" + i));
    }
    many.guests.forEach(guest -> guest.awaitProtected(hosts.getFirst().name(), WITHIN));
    return many;
  }

  /** Where a guest was and what it had printed there. */
  private record Before(LabGuest guest, PlacementDocument placement, ConsoleLog console) {}

  /** Kills a host: all guests run on and are protected again, by the hosts that are left. */
  void outlive(LabHost lost) {
    String asked =
        lab.hosts().stream().map(LabHost::name).filter(n -> !n.equals(lost.name())).toList().get(0);
    List<Before> befores = new ArrayList<>();
    for (LabGuest guest : guests) {
      PlacementDocument placement = guest.awaitProtected(asked, WITHIN);
      LabGuest.Mark all = new LabGuest.Mark(placement.owner(), Map.of());
      befores.add(new Before(guest, placement, guest.awaitTicks(all, TICKS, WITHIN)));
    }
    lost.kill();
    for (Before before : befores) {
      goesOn(before, lost.name(), asked);
    }
  }

  private void goesOn(Before before, String lost, String asked) {
    LabGuest guest = before.guest();
    PlacementDocument now = guest.awaitProtectedWithout(lost, asked, WITHIN);
    String expectedOwner =
        before.placement().owner().equals(lost)
            ? before.placement().standby()
            : before.placement().owner();
    assertThat(now.owner()).as(guest.name()).isEqualTo(expectedOwner);
    LabGuest.Mark mark = guest.mark(now.owner());
    ConsoleLog after = guest.awaitTicks(mark, TICKS, WITHIN);
    assertThat(Continuity.sameBoot(before.console(), after)).as(guest.name()).isEmpty();
    assertThat(Continuity.consecutive(after)).as(guest.name()).isEmpty();
    assertThat(after.lastTick().orElseThrow().number())
        .as(guest.name())
        .isGreaterThan(before.console().lastTick().orElseThrow().number());
  }
}
