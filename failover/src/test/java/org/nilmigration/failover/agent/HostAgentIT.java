package org.nilmigration.failover.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;
import org.nilmigration.checkpoint.region.GuestRegion;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.failover.cluster.Desired;
import org.nilmigration.failover.cluster.HistoryRecord;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;

/**
 * What hosts do when one of them, its guest or ZooKeeper dies, comes back, or is asked for
 * something.
 */
class HostAgentIT extends AgentHosts {

  @Test
  void aKilledOwnerIsTakenOverAndComesBackAsStandby() {
    protectedOn("a", "b");
    Mark before = mark();
    hosts.remove("a").kill();

    Placement after = awaitPlacement(p -> p.owner().equals("b"));
    assertThat(after.generation()).isEqualTo(2);
    assertThat(after.standby()).isNull();
    assertRunsOn(before);
    HistoryRecord record = awaitHistory("TAKEOVER", r -> !r.timingsMillis().isEmpty());
    assertThat(record.timingsMillis())
        .containsKeys(
            "detection", "decision", "zookeeper", "loadAhead", "recover", "restore", "resume");
    assertThat(record.evidence()).containsKeys("suspectedNanos", "runningNanos", "verdict");
    assertThat(record.epoch()).isPositive();

    start("a");
    awaitPlacement(p -> "a".equals(p.standby()) && p.isProtected());
    hosts.remove("b").kill();
    awaitPlacement(p -> p.owner().equals("a") && p.generation() == 3);
    assertRunsOn(before);
  }

  @Test
  void aMigrationThatCannotBeIsRefusedAtOnce() {
    protectedOn("a", "b");
    assertThatThrownBy(() -> migrateTo("a"))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("already")
        .extracting(e -> ((FaultException) e).kind())
        .isEqualTo(FaultKind.USAGE);
  }

  @Test
  void aHungOwnerIsDeposedAndKillsItsGuestWhenItWakes() {
    protectedOn("a", "b");
    Mark before = mark();
    hosts.get("a").signal("STOP");
    Placement taken = awaitPlacement(p -> p.owner().equals("b"));
    assertThat(taken.generation()).isEqualTo(2);
    assertRunsOn(before);
    hosts.get("a").signal("CONT");
    Placement again = awaitPlacement(p -> "a".equals(p.standby()) && p.isProtected());
    assertThat(again.generation()).isEqualTo(2);
    assertRunsOn(before);
  }

  @Test
  void aGuestProcessThatDiesIsTakenOverByTheStandby() {
    protectedOn("a", "b");
    Mark before = mark();
    hosts.get("a").tell("crash " + GUEST);
    awaitPlacement(p -> p.owner().equals("b") && p.generation() == 2);
    assertRunsOn(before);
    awaitPlacement(p -> "a".equals(p.standby()) && p.isProtected());
  }

  @Test
  void aLostStandbyIsReplacedWhenItComesBack() {
    protectedOn("a", "b");
    Mark before = mark();
    hosts.remove("b").kill();
    awaitPlacement(p -> p.standby() == null);
    assertRunsOn(before);
    start("b");
    Placement again = awaitPlacement(Placement::isProtected);
    assertThat(again.owner()).isEqualTo("a");
    assertThat(again.generation()).isEqualTo(1);
    assertRunsOn(before);
  }

  @Test
  void aHostThatLeavesHandsItsGuestOver() {
    protectedOn("a", "b");
    Mark before = mark();
    hosts.get("a").tell("leave");
    assertThat(hosts.remove("a").exitCode()).isZero();
    Placement after = awaitPlacement(p -> p.owner().equals("b"));
    assertThat(history("SWITCHOVER")).hasSize(1);
    assertThat(after.standby()).isNull();
    assertRunsOn(before);
  }

  @Test
  void anUnprotectedOwnerThatRestartsBootsAnewLoudly() {
    start("a");
    cluster.apply(guest(null));
    awaitPlacement(p -> p.state() == PlacementState.RUNNING);
    final long boot = bootId();
    hosts.remove("a").kill();
    start("a");
    Placement after =
        awaitPlacement(p -> p.state() == PlacementState.RUNNING && p.generation() == 2);
    assertThat(after.owner()).isEqualTo("a");
    await().atMost(PATIENCE).until(() -> bootId() != boot);
    assertThat(history("COLD_START")).hasSize(1);
  }

  @Test
  void stopStartAndRemoveLeaveNothingBehind() {
    protectedOn("a", "b");
    cluster.desire(GUEST, Desired.STOPPED);
    awaitPlacement(p -> p.state() == PlacementState.STOPPED);
    await()
        .atMost(PATIENCE)
        .until(() -> {
          try (GuestRegion guest = region.guest(GUEST).orElseThrow()) {
            return guest.files().stream().noneMatch(f -> f.toString().contains("g0000"));
          }
        });
    cluster.desire(GUEST, Desired.RUNNING);
    Placement again = awaitPlacement(Placement::isProtected);
    assertThat(again.generation()).isEqualTo(2);
    cluster.desire(GUEST, Desired.REMOVED);
    await()
        .atMost(PATIENCE)
        .until(() -> cluster.guest(GUEST).isEmpty() && region.guests().isEmpty());
  }

  @Test
  void aGuestThatCannotStartFailsWithASentenceAndIsTriedAgainOnlyWhenAsked() {
    start("a");
    cluster.apply(guest(StandInHypervisor.BROKEN));
    Placement failed = awaitPlacement(p -> p.state() == PlacementState.FAILED);
    assertThat(failed.note()).contains("broken");
    cluster.apply(guest(null));
    cluster.desire(GUEST, Desired.RUNNING);
    awaitPlacement(p -> p.state() == PlacementState.RUNNING);
    assertThat(history("FAULT")).hasSize(1);
  }

  @Test
  void withoutZooKeeperGuestsRunOnAndAfterwardsAllIsWell() throws Exception {
    protectedOn("a", "b");
    Mark before = mark();
    Placement placed = placement();
    server.stop();
    await().atMost(PATIENCE).until(() -> counter(placed) > before.counter() + 3_000);
    server.restart();
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(() -> cluster.hosts().size() == 2 && placement().isProtected());
    assertThat(placement().owner()).isEqualTo("a");
    assertThat(placement().generation()).isEqualTo(1);
    assertRunsOn(before);
    migrate("b");
  }

  @Test
  void aSecondDaemonOfTheSameNameIsRefused() {
    start("a");
    HostProcess second = process("a");
    assertThat(second.exitCode()).isEqualTo(FaultKind.UNAVAILABLE.exitCode());
    assertThat(cluster.hosts()).hasSize(1);
  }
}
