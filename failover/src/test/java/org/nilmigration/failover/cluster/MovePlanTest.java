package org.nilmigration.failover.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nilmigration.config.Accelerator;
import org.nilmigration.config.ConfigFiles;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.MemoryPlacement;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;
import org.nilmigration.migration.hypervisor.HypervisorTraits;

/** What a move of guest web from host a to host b finds; each test changes one thing. */
class MovePlanTest {
  private static final GuestConfig WEB =
      ConfigFiles.guest(
          """
          name: web
          memory: 256MiB
          kernel: /vmlinuz
          cpu: host
          nics: [{bridge: br0, tap: web0, mac: "52:54:00:00:00:01"}]
          """,
          "test");

  private GuestConfig guest = WEB;
  private String to = "b";
  private boolean recouple;
  private HaPause pause;
  private HostRecord owner = Hosts.host("a");
  private HostRecord target = Hosts.host("b");
  private final List<Cordon> cordons = new ArrayList<>();
  private final List<GuestView> others = new ArrayList<>();
  private Placement placement =
      Placement.starting("a", 1, 1, "live.img")
          .withState(PlacementState.RUNNING, null)
          .pairedWith("c", 1, "shadow.img", "epochs.log")
          .withSynced();

  private MovePlan plan() {
    GuestView view = new GuestView(guest, Desired.RUNNING, placement, null);
    List<GuestView> all = new ArrayList<>(others);
    all.add(view);
    return new MovePlan(view, to, recouple, List.of(owner, target), cordons, pause, all);
  }

  private void assertRefused(FaultKind kind, String... words) {
    assertThat(plan().movable()).isFalse();
    assertThatThrownBy(plan()::requireMovable)
        .isInstanceOf(FaultException.class)
        .hasMessageStartingWith("guest web does not move to host " + to + ": ")
        .hasMessageContaining(";")
        .hasMessageContainingAll(words)
        .extracting(e -> ((FaultException) e).kind())
        .isEqualTo(kind);
  }

  private static HypervisorTraits traits(
      String version, Accelerator accelerator, String processor, String... bridges) {
    return new HypervisorTraits(version, accelerator, processor, List.of(bridges));
  }

  @Test
  void everythingFits() {
    plan().requireMovable();
    assertThat(plan().checks())
        .extracting(MovePlan.Check::name)
        .containsExactly(
            "guest",
            "ha",
            "target",
            "region",
            "hypervisor",
            "processor",
            "network",
            "room",
            "sync",
            "memory");
    assertThat(plan().checks()).allMatch(check -> check.verdict() == MovePlan.Verdict.OK);
  }

  @Test
  void whatComesFirstOrAfterwardsIsSaid() {
    placement =
        Placement.starting("a", 1, 1, "live.img")
            .withMemory(MemoryPlacement.LOCAL)
            .withState(PlacementState.RUNNING, null)
            .pairedWith("c", 1, "shadow.img", "epochs.log");
    recouple = true;
    assertThat(plan().movable()).isTrue();
    assertThat(plan().checks())
        .filteredOn(check -> check.verdict() == MovePlan.Verdict.FIRST)
        .extracting(MovePlan.Check::name)
        .containsExactly("sync", "memory");
    assertThat(plan().checks().getLast().name()).isEqualTo("recouple");
  }

  @Test
  void theGuestMustRunAndHaMustNotBePaused() {
    placement = placement.ended(PlacementState.STOPPED, "asked for");
    assertRefused(FaultKind.UNAVAILABLE, "STOPPED", "start it first");
    placement = null;
    assertRefused(FaultKind.UNAVAILABLE, "not started");
    placement = Placement.starting("a", 1, 1, "x").withState(PlacementState.RUNNING, null);
    pause = new HaPause(null, "ann", null, Instant.EPOCH);
    assertRefused(FaultKind.UNAVAILABLE, "paused", "nilctl resume");
  }

  @Test
  void theTargetMustBeAnotherHostThatIsThereAndTakesGuests() {
    to = "a";
    assertRefused(FaultKind.USAGE, "there already");
    to = "x";
    assertRefused(FaultKind.NO_SUCH, "expected one of a, b");
    to = "b";
    cordons.add(new Cordon("b", false, 1, false, "ann", null, Instant.EPOCH));
    assertRefused(FaultKind.UNAVAILABLE, "cordoned", "uncordon b");
  }

  @Test
  void theOwnerMustBeThereToHandItOver() {
    owner = Hosts.host("z");
    assertRefused(FaultKind.UNAVAILABLE, "host a, is not registered");
  }

  @Test
  void whatResumesAGuestMustBeTheSame() {
    target = Hosts.host("b", "other", 0, Hosts.TRAITS);
    assertRefused(FaultKind.UNAVAILABLE, "another region");
    target = Hosts.host("b", "region", 0, traits("10.0", Accelerator.TCG, "p", "br0"));
    assertRefused(FaultKind.UNAVAILABLE, "QEMU 10.0 there and 7.2 on host a");
    target = Hosts.host("b", "region", 0, traits("7.2", Accelerator.KVM, "p", "br0"));
    assertRefused(FaultKind.UNAVAILABLE, "accelerator KVM there and TCG", "qemu.accelerator");
    target = Hosts.host("b", "region", 0, traits("7.2", Accelerator.TCG, "p", "br1"));
    assertRefused(FaultKind.UNAVAILABLE, "no bridge br0", "ip link add");
  }

  @Test
  void aGuestWithTheHostsOwnProcessorsNeedsTheSameUnderKvm() {
    target = Hosts.host("b", "region", 0, traits("7.2", Accelerator.TCG, "another", "br0"));
    plan().requireMovable();
    owner = Hosts.host("a", "region", 0, traits("7.2", Accelerator.KVM, "one", "br0"));
    target = Hosts.host("b", "region", 0, traits("7.2", Accelerator.KVM, "another", "br0"));
    assertRefused(FaultKind.UNAVAILABLE, "'another' there and 'one' on host a");
  }

  @Test
  void aTargetWithoutACopyNeedsRoom() {
    target = Hosts.host("b", "region", 512L << 20, Hosts.TRAITS);
    plan().requireMovable();
    Placement elsewhere =
        Placement.starting("b", 1, 1, "x").withState(PlacementState.RUNNING, null);
    for (String name : List.of("one", "two")) {
      GuestConfig other =
          ConfigFiles.guest("name: " + name + "\nmemory: 256MiB\nkernel: /vmlinuz\n", "test");
      others.add(new GuestView(other, Desired.RUNNING, elsewhere, null));
    }
    assertRefused(FaultKind.UNAVAILABLE, "needed 256MiB", "found 512MiB", "memory.capacity");
    placement = placement.withoutStandby(null).pairedWith("b", 1, "s.img", "l.log").withSynced();
    plan().requireMovable();
  }

  @Test
  void everyRefusalIsSaidAtOnce() {
    pause = new HaPause(null, "ann", null, Instant.EPOCH);
    target = Hosts.host("b", "other", 0, traits("10.0", Accelerator.TCG, "p"));
    assertThatThrownBy(plan()::requireMovable)
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(4));
  }
}
