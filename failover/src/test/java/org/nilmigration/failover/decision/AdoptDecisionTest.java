package org.nilmigration.failover.decision;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nilmigration.checkpoint.handoff.HandoffSource;
import org.nilmigration.checkpoint.handoff.HandoffTarget;
import org.nilmigration.failover.cluster.Desired;
import org.nilmigration.failover.placement.Handoff;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;
import org.nilmigration.heartbeat.Liveness;

/** A daemon ends and its guests run on. */
class AdoptDecisionTest {
  private static final LocalRole LEFT = new LocalRole.Left(3);

  /** An earlier run of this host left the guest, host a is its standby. */
  private static Facts restarted() {
    return Facts.of()
        .placement(Facts.paired("b", Facts.ME_INCARNATION - 1, "a", Facts.OTHER_INCARNATION))
        .local(LEFT);
  }

  @Test
  void whatAnEarlierRunLeftIsGoneOnWith() {
    assertThat(restarted().action()).isInstanceOf(Action.Adopt.class);
    assertThat(restarted().paused().action()).isInstanceOf(Action.Adopt.class);
  }

  @Test
  void withoutZooKeeperItRunsOn() {
    Decision decision = restarted().zookeeper(false).decide();
    assertThat(decision.action()).isInstanceOf(Action.Wait.class);
    assertThat(decision.alarm()).isTrue();
  }

  @Test
  void whatTheStandbyTookOverIsKilled() {
    Placement taken =
        Facts.paired("b", Facts.ME_INCARNATION - 1, "a", Facts.OTHER_INCARNATION).takenOver();
    assertThat(restarted().placement(taken).action()).isInstanceOf(Action.StepDown.class);
  }

  @Test
  void whatIsOfAnotherGenerationIsKilled() {
    assertThat(restarted().local(new LocalRole.Left(2)).action())
        .isInstanceOf(Action.StepDown.class);
  }

  @ParameterizedTest
  @CsvSource({"STARTING", "FAILOVER"})
  void whatWasInAChangeIsKilled(PlacementState state) {
    assertThat(restarted().state(state).action()).isInstanceOf(Action.StepDown.class);
  }

  @ParameterizedTest
  @CsvSource({"STOPPED", "FAILED"})
  void whatIsNotPlacedIsKilled(PlacementState state) {
    Facts facts = restarted();
    assertThat(facts.placement(facts.facts().placement().ended(state, "x")).action())
        .isInstanceOf(Action.StepDown.class);
  }

  @ParameterizedTest
  @CsvSource({
    "NONE, Adopt",
    "READY, Adopt",
    "ABORTED, Adopt",
    "RELEASED, StepDown",
  })
  void theSourceOfAMoveGoesOnUnlessItHadLetGo(HandoffSource word, String action) {
    Facts facts = restarted();
    Placement moving =
        facts
            .facts()
            .placement()
            .withHandoff(new Handoff("a", Facts.OTHER_INCARNATION, Facts.AREA));
    facts.placement(moving).words(word, HandoffTarget.LOADED);
    assertThat(facts.action().getClass().getSimpleName()).isEqualTo(action);
  }

  @Test
  void theSourceOfAMoveWhoseWordsCannotBeReadIsKilled() {
    Facts facts = restarted();
    Placement moving =
        facts
            .facts()
            .placement()
            .withHandoff(new Handoff("a", Facts.OTHER_INCARNATION, Facts.AREA));
    assertThat(facts.placement(moving).action()).isInstanceOf(Action.StepDown.class);
  }

  @Test
  void whatNobodyWantsIsKilled() {
    assertThat(restarted().desired(Desired.STOPPED).action()).isInstanceOf(Action.StepDown.class);
  }

  @Test
  void anAnswerThatGotLostIsTriedAgain() {
    Placement mine = Facts.paired("b", Facts.ME_INCARNATION, "a", Facts.OTHER_INCARNATION);
    assertThat(restarted().placement(mine).action()).isInstanceOf(Action.Adopt.class);
  }

  @Test
  void theStandbyWaitsForARunThatHasTheGuestStill() {
    Facts facts = Facts.standby().ownerRestarted(true, Liveness.ALIVE);
    assertThat(facts.action()).isInstanceOf(Action.Wait.class);
    assertThat(facts.decide().alarm()).isFalse();
    assertThat(Facts.standby().ownerRestarted(true, Liveness.UNKNOWN).action())
        .isInstanceOf(Action.Wait.class);
  }

  @Test
  void theStandbyTakesOverFromARunThatHasNothingOfTheGuest() {
    assertThat(Facts.standby().ownerRestarted(false, Liveness.ALIVE).action())
        .isInstanceOf(Action.TakeOver.class);
    assertThat(Facts.standby().ownerRestarted(true, Liveness.DEAD).action())
        .isInstanceOf(Action.TakeOver.class);
  }

  @Test
  void aRunThatHasTheGuestStillIsNoProofThatItIsOff() {
    FenceFacts required = new FenceFacts(true, null, true, null);
    assertThat(Facts.standby().ownerRestarted(true, Liveness.DEAD).fence(required).action())
        .isInstanceOf(Action.Fence.class);
    assertThat(Facts.standby().ownerRestarted(false, Liveness.ALIVE).fence(required).action())
        .isInstanceOf(Action.TakeOver.class);
  }

  @Test
  void aDaemonThatEndsLeavesItsGuests() {
    Facts owner = Facts.owner().leaving(Self.Leaving.KEEPING);
    assertThat(owner.action()).isInstanceOf(Action.Leave.class);
    assertThat(owner.local(LEFT).action()).isInstanceOf(Action.Wait.class);
    assertThat(owner.leaving(Self.Leaving.STANDBYS).action()).isInstanceOf(Action.Wait.class);
  }
}
