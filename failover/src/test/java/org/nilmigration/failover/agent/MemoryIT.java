package org.nilmigration.failover.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.MemoryPlacement;
import org.nilmigration.failover.cluster.HistoryRecord;
import org.nilmigration.failover.cluster.Operation;
import org.nilmigration.failover.cluster.OperationState;
import org.nilmigration.failover.cluster.OperationType;
import org.nilmigration.failover.cluster.Order;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;

/** A guest's memory in its host and in the region, and on the way between them. */
class MemoryIT extends AgentHosts {

  private void protectedLocally() {
    start("a");
    cluster.apply(guest(null).withPlacement(MemoryPlacement.LOCAL));
    awaitPlacement(p -> p.state() == PlacementState.RUNNING);
    start("b");
    awaitPlacement(Placement::isProtected);
  }

  private void assertDone(Operation operation, MemoryPlacement memory) {
    assertThat(operation.state()).as(operation.detail()).isEqualTo(OperationState.DONE);
    assertThat(operation.timings()).containsKey("move");
    assertThat(placement().memory()).isEqualTo(memory);
  }

  @Test
  void aGuestStartsInItsHostIsDecoupledAndRecoupledAndStaysProtected() {
    protectedLocally();
    assertThat(placement().memory()).isEqualTo(MemoryPlacement.LOCAL);
    Path own = live(placement());
    Mark before = mark();

    assertDone(ask(OperationType.DECOUPLE, null), MemoryPlacement.CXL);
    assertThat(own).doesNotExist();
    assertRunsOn(before);
    assertThat(placement().isProtected()).isTrue();

    Path shared = live(placement());
    assertDone(ask(OperationType.RECOUPLE, null), MemoryPlacement.LOCAL);
    assertThat(shared).doesNotExist();
    assertThat(own).exists();
    assertRunsOn(before);
    assertThat(placement().generation()).isEqualTo(1);
    HistoryRecord record = awaitHistory("DECOUPLED", r -> true);
    assertThat(record.cause()).contains("in the region");
    assertThat(record.timingsMillis()).containsKey("move");
    assertThat(awaitHistory("RECOUPLED", r -> true).cause()).contains("in host a itself");
  }

  @Test
  void aTakeoverGoesOnInTheRegion() {
    protectedLocally();
    Mark before = mark();
    hosts.remove("a").kill();

    Placement after = awaitPlacement(p -> p.owner().equals("b"));

    assertThat(after.memory()).isEqualTo(MemoryPlacement.CXL);
    assertRunsOn(before);
    start("a");
    awaitPlacement(p -> "a".equals(p.standby()) && p.isProtected());
    assertThat(local("a")).doesNotExist();
  }

  @Test
  void aMigrationDecouplesFirst() {
    protectedLocally();
    Mark before = mark();

    migrate("b");

    assertThat(placement().memory()).isEqualTo(MemoryPlacement.CXL);
    assertThat(awaitHistory("DECOUPLED", r -> true).from()).isEqualTo("a");
    assertThat(local("a")).doesNotExist();
    assertRunsOn(before);
  }

  @Test
  void anUnprotectedGuestMovesToo() {
    start("a");
    cluster.apply(guest(null));
    awaitPlacement(p -> p.state() == PlacementState.RUNNING);
    Mark before = mark();

    assertDone(ask(OperationType.RECOUPLE, null), MemoryPlacement.LOCAL);
    assertRunsOn(before);
    assertDone(ask(OperationType.DECOUPLE, null), MemoryPlacement.CXL);
    assertRunsOn(before);
    start("b");
    awaitPlacement(Placement::isProtected);
    assertRunsOn(before);
  }

  @Test
  void whatCannotBeIsRefusedWithASentence() throws IOException {
    protectedOn("a", "b");
    Mark before = mark();
    Operation there = ask(OperationType.DECOUPLE, null);
    assertThat(there.exitCode()).isEqualTo(FaultKind.USAGE.exitCode());
    assertThat(there.detail()).contains("is in the region already");

    cluster.pauses().pause(GUEST, new Order("me", "a test"));
    Operation paused = ask(OperationType.RECOUPLE, null);
    assertThat(paused.exitCode()).isEqualTo(FaultKind.UNAVAILABLE.exitCode());
    assertThat(paused.detail()).contains("paused").contains("resume");
    cluster.pauses().resume(GUEST, new Order("me", "a test"));

    Files.writeString(local("a"), "in the way");
    Operation blocked = ask(OperationType.RECOUPLE, null);
    assertThat(blocked.state()).isEqualTo(OperationState.FAILED);
    assertThat(blocked.detail()).contains("found a file, expected a directory");
    assertThat(placement().memory()).isEqualTo(MemoryPlacement.CXL);
    assertRunsOn(before);
  }
}
