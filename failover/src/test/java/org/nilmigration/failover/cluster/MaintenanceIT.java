package org.nilmigration.failover.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.time.Duration;
import java.util.List;
import org.apache.curator.test.TestingServer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;
import org.nilmigration.failover.placement.PlacementStore;

/** Orders of people in a real ZooKeeper: what is kept, recorded and refused. */
class MaintenanceIT {
  private static final Order ANN = new Order("ann", "new firmware");
  private static final Order BOB = new Order("bob", null);

  private TestingServer server;
  private Cluster cluster;
  private Maintenance maintenance;

  @BeforeEach
  void open() throws Exception {
    server = new TestingServer();
    cluster = Cluster.connect(server.getConnectString(), Duration.ofSeconds(2), "test");
    maintenance = cluster.maintenance();
    register("a");
    register("b");
  }

  private void register(String host) {
    cluster.register(new HostRecord(host, 1, "uuid", "none", 1, 0, 0, Hosts.TRAITS, List.of()));
  }

  @AfterEach
  void close() throws Exception {
    cluster.close();
    server.close();
  }

  private static void assertRefused(ThrowingCallable call, FaultKind kind, String... says) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            FaultException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(kind);
              assertThat(e.getMessage()).contains(says);
            });
  }

  @Test
  void aCordonOutlivesItsHostAndIsRecordedOnce() {
    maintenance.cordon("a", ANN);
    maintenance.cordon("a", BOB);
    cluster.deregister("a", 1);
    assertThat(maintenance.cordons())
        .extracting(Cordon::by, Cordon::reason)
        .containsExactly(tuple("ann", "new firmware"));
    maintenance.uncordon("a", BOB);
    register("a");
    maintenance.uncordon("a", BOB);
    assertThat(maintenance.cordons()).isEmpty();
    assertThat(cluster.history(null, 10))
        .extracting(HistoryRecord::cause)
        .containsExactly(
            "host a is uncordoned, by bob", "host a is cordoned, by ann: new firmware");
    assertRefused(() -> maintenance.cordon("x", ANN), FaultKind.NO_SUCH, "host x", "a, b");
  }

  @Test
  void aDrainGoesOnIsCancelledAndEnds() {
    Operation first = maintenance.drain("a", 2, false, ANN);
    assertThat(first.state()).isEqualTo(OperationState.RUNNING);
    assertThat(maintenance.drain("a", 3, false, BOB).id()).isEqualTo(first.id());
    assertThat(maintenance.cordons()).extracting(Cordon::parallel).containsExactly(3);
    assertThat(cluster.operations().cancel(first.id(), BOB).detail()).isEqualTo("cancelled by bob");
    assertThat(cluster.operations().find(first.id()).orElseThrow().state())
        .isEqualTo(OperationState.CANCELLED);
    assertThat(maintenance.cordons()).extracting(Cordon::draining).containsExactly(false);
    assertRefused(() -> cluster.operations().cancel(first.id(), BOB), FaultKind.USAGE, "CANCELLED");
    assertRefused(() -> cluster.operations().cancel("op-x", BOB), FaultKind.NO_SUCH, "op-x");

    Operation second = maintenance.drain("a", 2, false, ANN);
    assertThat(second.id()).isNotEqualTo(first.id());
    maintenance.drained("a");
    assertThat(cluster.operations().find(second.id()).orElseThrow().state())
        .isEqualTo(OperationState.DONE);
    assertThat(maintenance.cordons()).extracting(Cordon::draining).containsExactly(false);
    assertThat(cluster.history(null, 1).getFirst().kind()).isEqualTo("DRAINED");
  }

  @Test
  void aDrainIsNotDoneWhileSomethingIsLeft() {
    place("web", "a");
    register("c");
    Operation drain = maintenance.drain("a", 2, false, ANN);
    maintenance.drained("a");
    assertThat(cluster.operations().find(drain.id()).orElseThrow().state())
        .isEqualTo(OperationState.RUNNING);
    assertThat(maintenance.remaining("a"))
        .extracting(DrainPlan.Step::vm, DrainPlan.Step::phase)
        .containsExactly(tuple("web", DrainPlan.Phase.WAITING));
    maintenance.uncordon("a", ANN);
    assertThat(cluster.operations().find(drain.id()).orElseThrow().detail())
        .isEqualTo("uncordoned by ann: new firmware");
  }

  @Test
  void aDrainThatCannotBeIsRefusedWithARemedy() {
    place("web", "a");
    assertRefused(() -> maintenance.drain("x", 2, true, ANN), FaultKind.NO_SUCH, "host x");
    assertRefused(() -> maintenance.drain("a", 0, true, ANN), FaultKind.USAGE, "1 to 64");
    cluster.pauses().pause(null, ANN);
    assertRefused(
        () -> maintenance.drain("a", 2, true, ANN),
        FaultKind.UNAVAILABLE,
        "paused",
        "nilctl resume");
    cluster.pauses().resume(null, ANN);
    assertRefused(
        () -> maintenance.drain("a", 2, false, ANN),
        FaultKind.UNSAFE,
        "no host left to protect guests web",
        "--force");
    maintenance.cordon("b", ANN);
    assertRefused(
        () -> maintenance.drain("a", 2, true, ANN),
        FaultKind.UNAVAILABLE,
        "no other host",
        "guests web",
        "uncordon");
    assertThat(cluster.operations().list()).isEmpty();
    maintenance.uncordon("b", ANN);
    assertThat(maintenance.drain("a", 2, true, ANN).state()).isEqualTo(OperationState.RUNNING);
    assertThat(cluster.history(null, 1).getFirst().cause())
        .isEqualTo("host a is drained by force, by ann: new firmware");
  }

  private void place(String guest, String owner) {
    cluster.apply(ClusterIT.guest(guest, 64, null));
    Placement runs =
        Placement.starting(owner, 1, 1, "live.img").withState(PlacementState.RUNNING, null);
    assertThat(cluster.placements().create(guest, runs, PlacementStore.With.NOTHING)).isPresent();
  }

  @Test
  void aPauseIsOneGuestsOrEverybodys() {
    cluster.apply(ClusterIT.guest("web", 64, null));
    Pauses pauses = cluster.pauses();
    assertThat(pauses.pause("web", ANN)).isEqualTo(pauses.find("web").orElseThrow());
    assertThat(pauses.find(null)).isEmpty();
    assertThat(cluster.guest("web").orElseThrow().pause().by()).isEqualTo("ann");
    pauses.resume("web", ANN);
    assertThat(cluster.guest("web").orElseThrow().pause()).isNull();
    assertThat(pauses.pause(null, ANN).sentence())
        .startsWith("HA of all guests is paused since ")
        .endsWith(" until 'nilctl resume' (by ann: new firmware)");
    assertThat(cluster.history("web", 10))
        .extracting(HistoryRecord::kind)
        .containsExactly("RESUMED", "PAUSED");
  }

  @Test
  void aPauseThatChangesNothingIsRefused() {
    cluster.apply(ClusterIT.guest("web", 64, null));
    Pauses pauses = cluster.pauses();
    assertRefused(() -> pauses.pause("x", ANN), FaultKind.NO_SUCH, "guest x");
    assertRefused(() -> pauses.resume(null, ANN), FaultKind.USAGE, "all guests", "no pause");
    assertRefused(() -> pauses.resume("web", ANN), FaultKind.USAGE, "guest web", "no pause");
    pauses.pause(null, ANN);
    assertRefused(() -> pauses.pause(null, BOB), FaultKind.USAGE, "by ann", "'nilctl resume'");
    assertRefused(
        () -> pauses.resume("web", ANN), FaultKind.USAGE, "none of its own", "'nilctl resume'");
    pauses.pause("web", ANN);
    assertRefused(
        () -> pauses.pause("web", BOB), FaultKind.USAGE, "guest web", "'nilctl resume web'");
  }

  @Test
  void anOrderIsOneLineOfText() {
    for (String wrong : new String[] {null, "", " ", "a\nb", "a".repeat(65)}) {
      assertRefused(() -> new Order(wrong, null), FaultKind.USAGE, "order: by");
    }
    assertRefused(() -> new Order("ann", "a".repeat(201)), FaultKind.USAGE, "order: reason");
  }
}
