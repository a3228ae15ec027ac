package org.nilmigration.failover.decision;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.MemoryPlacement;
import org.nilmigration.failover.cluster.Operation;
import org.nilmigration.failover.cluster.OperationPhase;
import org.nilmigration.failover.cluster.OperationState;
import org.nilmigration.failover.cluster.OperationType;
import org.nilmigration.migration.hypervisor.GuestExit;

/** When a guest's memory moves, and what goes before it. */
class MemoryDecisionTest {
  private static Operation asked(OperationType type) {
    return Operation.memory(type, "web", Duration.ZERO);
  }

  private static Facts owner(OperationType type, MemoryPlacement memory) {
    return Facts.owner().memoryIn(memory).operation(asked(type));
  }

  private static Operation ended(Facts facts) {
    assertThat(facts.action()).isInstanceOf(Action.EndOperation.class);
    return ((Action.EndOperation) facts.action()).ended();
  }

  private static Facts moving(boolean ended) {
    return Facts.owner()
        .memoryIn(MemoryPlacement.LOCAL)
        .local(
            new LocalRole.Owner(
                3,
                7,
                true,
                false,
                null,
                null,
                new LocalRole.MemoryMove(MemoryPlacement.CXL, 4, ended)));
  }

  @ParameterizedTest
  @CsvSource({"DECOUPLE, LOCAL, CXL", "RECOUPLE, CXL, LOCAL"})
  void memoryMovesWhereItIsAskedTo(OperationType type, MemoryPlacement from, MemoryPlacement to) {
    assertThat(owner(type, from).action()).isEqualTo(new Action.MoveMemory(asked(type), to));

    Operation there = ended(owner(type, to));
    assertThat(there.exitCode()).isEqualTo(FaultKind.USAGE.exitCode());
    assertThat(there.detail()).contains("already");

    Operation under = asked(type).running(MemoryRules.phase(to));
    Operation after = ended(Facts.owner().memoryIn(to).operation(under));
    assertThat(after.state()).isEqualTo(OperationState.DONE);
  }

  @Test
  void aPauseRefusesAndAFirstSyncDelays() {
    Facts paused = owner(OperationType.RECOUPLE, MemoryPlacement.CXL).paused();
    Operation refused = ended(paused);
    assertThat(refused.exitCode()).isEqualTo(FaultKind.UNAVAILABLE.exitCode());
    assertThat(refused.detail()).contains("HA is paused by me").contains("resume");

    Facts syncing = owner(OperationType.RECOUPLE, MemoryPlacement.CXL).unsynced();
    syncing.local(new LocalRole.Owner(3, 7, false, false, null, null));
    assertThat(syncing.decide().why()).contains("waits for its first sync");
  }

  @Test
  void aMoveToAnotherHostADrainAndAnEndOfTheHostDecoupleFirst() {
    Facts migrated = Facts.owner().memoryIn(MemoryPlacement.LOCAL).operation(Facts.migrate("a"));
    assertThat(migrated.action())
        .isEqualTo(new Action.MoveMemory(Facts.migrate("a"), MemoryPlacement.CXL));
    Action.MoveMemory unasked = new Action.MoveMemory(null, MemoryPlacement.CXL);
    Facts drained = Facts.owner().memoryIn(MemoryPlacement.LOCAL).drainingByForce("b");
    assertThat(drained.action()).isEqualTo(unasked);
    assertThat(drained.notItsTurn().action()).isInstanceOf(Action.Wait.class);
    Facts leaving = Facts.owner().memoryIn(MemoryPlacement.LOCAL).leaving(Self.Leaving.GUESTS);
    assertThat(leaving.action()).isEqualTo(unasked);
  }

  @Test
  void nothingElseOfItsMovesIsBegunMeanwhile() {
    Facts facts = moving(false).operation(Facts.migrate("a")).draining("b");
    assertThat(facts.action()).isInstanceOf(Action.Wait.class);
    assertThat(facts.decide().why()).contains("on the way to be in the region, 40% copied");
    assertThat(moving(false).leaving(Self.Leaving.GUESTS).action()).isInstanceOf(Action.Wait.class);
  }

  @Test
  void progressIsSaidOncePerTenth() {
    Operation running = asked(OperationType.DECOUPLE).running(OperationPhase.DECOUPLE);
    assertThat(moving(false).operation(running).action())
        .isEqualTo(new Action.ReportMove(running, "40% copied"));
    assertThat(moving(false).operation(running.progress("40% copied")).action())
        .isInstanceOf(Action.Wait.class);
  }

  @Test
  void aMoveThatIsCalledOffIsStoppedAndThenSaidSo() {
    Operation running = asked(OperationType.DECOUPLE).running(OperationPhase.DECOUPLE);
    assertThat(moving(false).operation(running).calledOff().action())
        .isEqualTo(new Action.CancelMove());
    assertThat(moving(true).operation(running).calledOff().action())
        .isEqualTo(new Action.FinishMove(running, true));
    Facts stopped = Facts.owner().memoryIn(MemoryPlacement.LOCAL).operation(running).calledOff();
    assertThat(ended(stopped).state()).isEqualTo(OperationState.CANCELLED);
    Facts tooLate = Facts.owner().memoryIn(MemoryPlacement.CXL).operation(running).calledOff();
    assertThat(ended(tooLate).state()).isEqualTo(OperationState.DONE);
  }

  @Test
  void whatHappensToTheGuestComesFirst() {
    GuestExit crash = new GuestExit(1, GuestExit.Cause.CRASHED, "");
    Facts died = moving(false);
    died.local(
        new LocalRole.Owner(
            3,
            7,
            true,
            false,
            null,
            crash,
            new LocalRole.MemoryMove(MemoryPlacement.CXL, 4, false)));
    assertThat(died.action()).isInstanceOf(Action.RequestFailover.class);
    Facts lost = moving(false).peer("a", 10, false, org.nilmigration.heartbeat.Liveness.DEAD);
    assertThat(lost.action()).isInstanceOf(Action.DropStandby.class);
  }

  @ParameterizedTest
  @EnumSource(Self.Leaving.class)
  void anEndIsDealtWithBeforeAnythingElse(Self.Leaving leaving) {
    Operation running = asked(OperationType.DECOUPLE).running(OperationPhase.DECOUPLE);
    assertThat(moving(true).leaving(leaving).operation(running).action())
        .isEqualTo(new Action.FinishMove(running, false));
  }
}
