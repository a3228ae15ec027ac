package org.nilmigration.failover.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nilmigration.checkpoint.handoff.HandoffSource;
import org.nilmigration.checkpoint.handoff.HandoffTarget;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.MemoryPlacement;
import org.nilmigration.failover.cluster.Operation;
import org.nilmigration.failover.cluster.OperationPhase;
import org.nilmigration.failover.cluster.OperationState;
import org.nilmigration.failover.cluster.Order;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;

/**
 * A migration from decouple to recouple: called off, timed out, and gone on with by whoever is
 * left. The words of its handoff are {@link HandoffIT}'s.
 */
class MigrateIT extends AgentHosts {
  private static final Order ME = new Order("me", "a test");

  private Operation submit(String to, boolean recouple, Duration timeout) {
    return cluster.operations().submit(Operation.migrate(GUEST, to, recouple, timeout));
  }

  private void locally(String append, String... others) {
    start("a");
    cluster.apply(guest(append).withPlacement(MemoryPlacement.LOCAL));
    awaitPlacement(p -> p.state() == PlacementState.RUNNING);
    start("b");
    awaitPlacement(p -> p.isProtected() && "b".equals(p.standby()));
    start(others);
  }

  private void awaitPhase(Operation submitted, OperationPhase phase) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(1))
        .until(() -> operation(submitted).phase() == phase);
  }

  @Test
  void aGuestGoesFromMemoryOfItsHostToMemoryOfAnother() {
    locally(null);
    Mark before = mark();

    Operation done = ended(submit("b", true, Duration.ofSeconds(60)));

    assertThat(done.state()).as(done.detail()).isEqualTo(OperationState.DONE);
    assertThat(done.timings()).containsKeys("blackout", "total");
    Placement after = awaitPlacement(p -> p.owner().equals("b") && p.isProtected());
    assertThat(after.memory()).isEqualTo(MemoryPlacement.LOCAL);
    assertThat(history("DECOUPLED")).hasSize(1);
    assertThat(history("RECOUPLED")).hasSize(1);
    assertRunsOn(before);
  }

  @Test
  void aCancelledMoveLeavesTheGuestWhereItIs() {
    protectedOn("a", "b", StandInGuest.SLOW_LOAD);
    Mark before = mark();
    Operation[] submitted = new Operation[1];

    whenMoving(
        () -> submitted[0] = submit("b", false, Duration.ZERO),
        area -> area.sourceAcquire() == HandoffSource.READY,
        () -> cluster.operations().cancel(submitted[0].id(), ME));

    Operation ended = ended(submitted[0]);
    assertThat(ended.state()).as(ended.detail()).isEqualTo(OperationState.CANCELLED);
    assertThat(ended.detail()).contains("stays on host a", "cancelled by me: a test");
    Placement after = awaitPlacement(p -> p.state() == PlacementState.RUNNING);
    assertThat(after.generation()).isEqualTo(1);
    assertThat(after.isProtected()).isTrue();
    assertRunsOn(before);
    migrate("b");
    assertRunsOn(before);
  }

  @Test
  void pastThePointOfNoReturnACancelComesTooLate() {
    protectedOn("a", "b", StandInGuest.SLOW_RUN);
    Mark before = mark();
    Operation[] submitted = new Operation[1];

    whenMoving(
        () -> submitted[0] = submit("b", false, Duration.ZERO),
        area -> area.sourceAcquire() == HandoffSource.RELEASED,
        () -> cluster.operations().cancel(submitted[0].id(), ME));

    assertThat(ended(submitted[0]).state()).isEqualTo(OperationState.DONE);
    awaitPlacement(p -> p.owner().equals("b") && p.isProtected());
    assertRunsOn(before);
  }

  @Test
  void aMoveThatTakesTooLongIsGivenUp() {
    protectedOn("a", "b", StandInGuest.SLOW_LOAD);
    Mark before = mark();

    Operation ended = ended(submit("b", false, Duration.ofMillis(1)));

    assertThat(ended.state()).isEqualTo(OperationState.FAILED);
    assertThat(ended.exitCode()).isEqualTo(FaultKind.TIMEOUT.exitCode());
    assertThat(ended.detail()).contains("stays on host a", "not done within 1 ms");
    awaitPlacement(p -> p.state() == PlacementState.RUNNING && p.owner().equals("a"));
    assertRunsOn(before);
  }

  @ParameterizedTest(name = "source dies while it decouples for a move to {0}")
  @CsvSource({"b", "c"})
  void whoeverIsLeftFinishesWhatADeadOwnerBegan(String to) {
    locally(null, "c");
    Mark before = mark();
    Operation submitted = submit(to, false, Duration.ZERO);
    awaitPhase(submitted, OperationPhase.DECOUPLE);

    hosts.remove("a").kill();

    Operation ended = ended(submitted);
    assertThat(ended.state()).as(ended.detail()).isEqualTo(OperationState.DONE);
    awaitPlacement(p -> p.owner().equals(to) && p.isProtected());
    assertRunsOn(before);
  }

  @Test
  void aTargetThatDiesWhileTheGuestDecouplesEndsTheMove() {
    locally(null, "c");
    Mark before = mark();
    Operation submitted = submit("c", false, Duration.ZERO);
    awaitPhase(submitted, OperationPhase.DECOUPLE);

    hosts.remove("c").kill();

    Operation ended = ended(submitted);
    assertThat(ended.state()).as(ended.detail()).isEqualTo(OperationState.FAILED);
    Placement after = awaitPlacement(p -> p.state() == PlacementState.RUNNING && p.isProtected());
    assertThat(after.owner()).isEqualTo("a");
    assertThat(after.generation()).isEqualTo(1);
    assertRunsOn(before);
  }

  @Test
  void aTargetThatDiesWhileItRecouplesIsTakenOverAndTheMoveSaysSo() {
    locally(null, "c");
    Mark before = mark();
    Operation submitted = submit("c", true, Duration.ZERO);
    awaitPhase(submitted, OperationPhase.RECOUPLE);

    hosts.remove("c").kill();

    Operation ended = ended(submitted);
    assertThat(ended.state()).isIn(OperationState.FAILED, OperationState.DONE);
    awaitPlacement(p -> p.owner().equals("b") && p.isProtected());
    assertRunsOn(before);
  }

  @Test
  void aMoveGoesOnAfterZooKeeperWasAwayWhileItDecoupled() throws Exception {
    locally(null, "c");
    final Mark before = mark();
    Operation submitted = submit("c", false, Duration.ZERO);
    awaitPhase(submitted, OperationPhase.DECOUPLE);

    server.stop();
    Pause.millis(1_000);
    server.restart();

    await().atMost(PATIENCE).ignoreExceptions().until(() -> operation(submitted).state().ended());
    Operation ended = operation(submitted);
    assertThat(ended.state()).as(ended.detail()).isEqualTo(OperationState.DONE);
    awaitPlacement(p -> p.owner().equals("c") && p.isProtected());
    assertRunsOn(before);
  }

  @Test
  void aHostWithAnotherHypervisorIsNeitherTargetNorStandby() {
    start("a");
    cluster.apply(guest(null));
    awaitPlacement(p -> p.state() == PlacementState.RUNNING);
    start(StandInHypervisor.OLD);
    assertThatThrownBy(() -> submit(StandInHypervisor.OLD, false, Duration.ZERO))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("found QEMU 0.9 there and 1.0 on host a")
        .hasMessageContaining("install the same version");
    Mark before = mark();
    assertThat(placement().standby()).isNull();
    start("b");
    awaitPlacement(p -> "b".equals(p.standby()) && p.isProtected());
    assertRunsOn(before);
  }

  @Test
  void aMoveOfAStoppedGuestEnds() {
    protectedOn("a", "b", StandInGuest.SLOW_LOAD);
    whenMoving(
        () -> submit("b", false, Duration.ZERO),
        area -> area.targetAcquire() == HandoffTarget.ARMED,
        () -> cluster.desire(GUEST, org.nilmigration.failover.cluster.Desired.STOPPED));
    awaitPlacement(p -> p.state() == PlacementState.STOPPED);
    await()
        .atMost(PATIENCE)
        .until(() ->
            cluster.operations().list().stream().allMatch(operation -> operation.state().ended()));
  }
}
