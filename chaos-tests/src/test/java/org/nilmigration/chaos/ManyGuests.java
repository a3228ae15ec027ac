package org.nilmigration.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.nilmigration.checkpoint.region.Region;
import org.nilmigration.config.ByteSize;
import org.nilmigration.config.MachineType;
import org.nilmigration.daemon.api.OperationDocument;
import org.nilmigration.daemon.api.PlacementDocument;
import org.nilmigration.daemon.chaos.Qemus;
import org.nilmigration.daemon.lab.Await;
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
    return begin(lab, count, lab.hosts());
  }

  /** The same, with some of the lab's hosts as the first ones. */
  static ManyGuests begin(Lab lab, int count, List<LabHost> hosts) {
    ManyGuests many = new ManyGuests(lab);
    GuestImage image = GuestImage.find();
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

  private List<Before> allProtected(String asked) {
    List<Before> befores = new ArrayList<>();
    for (LabGuest guest : guests) {
      PlacementDocument placement = guest.awaitProtected(asked, WITHIN);
      LabGuest.Mark all = new LabGuest.Mark(placement.owner(), Map.of());
      befores.add(new Before(guest, placement, guest.awaitTicks(all, TICKS, WITHIN)));
    }
    return befores;
  }

  /** Kills a host: all guests run on and are protected again, by the hosts that are left. */
  void outlive(LabHost lost) {
    String asked =
        lab.hosts().stream().map(LabHost::name).filter(n -> !n.equals(lost.name())).toList().get(0);
    List<Before> befores = allProtected(asked);
    lost.kill();
    for (Before before : befores) {
      PlacementDocument now = before.guest().awaitProtectedWithout(lost.name(), asked, WITHIN);
      String expectedOwner =
          before.placement().owner().equals(lost.name())
              ? before.placement().standby()
              : before.placement().owner();
      assertThat(now.owner()).as(before.guest().name()).isEqualTo(expectedOwner);
      goesOn(before, now.owner());
    }
  }

  /**
   * Drains a host and kills another one that is about to get the first guest: the drain waits
   * rather than leave a guest unprotected, says so, and ends well when the killed host is back. The
   * host that is left then runs them all.
   */
  void outlive(LabHost drained, LabHost lost, LabHost left) {
    List<Before> befores = allProtected(left.name());
    OperationDocument drain = drainAndKillAtTheFirstMove(drained, left, lost);
    Await.until(
        "all that is left on host %s is stuck".formatted(drained.name()),
        WITHIN,
        () -> Optional.of(left.api().operation(drain.id())).filter(ManyGuests::isStuck));
    for (Before before : befores) {
      String owner = left.api().guest(before.guest().name()).placement().owner();
      assertThat(owner).as(before.guest().name()).isIn(drained.name(), left.name());
      if (owner.equals(drained.name())) {
        before.guest().awaitProtected(owner, left.name(), WITHIN);
      }
      goesOn(before, owner);
    }

    lost.start();
    OperationDocument ended =
        Await.until(
            "host %s is drained".formatted(drained.name()),
            WITHIN,
            () -> Optional.of(left.api().operation(drain.id())).filter(OperationDocument::ended));
    assertThat(ended.state()).as(ended.detail()).isEqualTo("DONE");
    assertThat(Qemus.of(drained)).isEmpty();
    for (Before before : befores) {
      before.guest().awaitProtected(left.name(), lost.name(), WITHIN);
      goesOn(before, left.name());
    }
  }

  /**
   * Kills a host when the source of a first move has begun it: the target has no process for the
   * guest yet. Later, the guest could be there already, without a standby until its first sync.
   */
  private OperationDocument drainAndKillAtTheFirstMove(
      LabHost drained, LabHost asked, LabHost lost) {
    try (Region region = Region.open(lab.region())) {
      Set<String> before = handoffs(region);
      CompletableFuture<OperationDocument> drain =
          CompletableFuture.supplyAsync(() -> asked.api().drain(drained.name()));
      while (!drain.isCompletedExceptionally() && handoffs(region).equals(before)) {
        LockSupport.parkNanos(1_000_000);
      }
      lost.kill();
      return drain.join();
    }
  }

  private Set<String> handoffs(Region region) {
    Set<String> all = new TreeSet<>();
    for (LabGuest guest : guests) {
      MovePhase.areas(region, guest.name()).forEach(area -> all.add(guest.name() + " " + area));
    }
    return all;
  }

  private static boolean isStuck(OperationDocument drain) {
    return !drain.ended()
        && !drain.left().isEmpty()
        && drain.left().stream()
            .allMatch(step -> step.phase().equals("STUCK") && step.reason().contains("--force"));
  }

  private static void goesOn(Before before, String owner) {
    LabGuest guest = before.guest();
    LabGuest.Mark mark = guest.mark(owner);
    ConsoleLog after = guest.awaitTicks(mark, TICKS, WITHIN);
    assertThat(Continuity.sameBoot(before.console(), after)).as(guest.name()).isEmpty();
    assertThat(Continuity.consecutive(after)).as(guest.name()).isEmpty();
    assertThat(after.lastTick().orElseThrow().number())
        .as(guest.name())
        .isGreaterThan(before.console().lastTick().orElseThrow().number());
  }
}
