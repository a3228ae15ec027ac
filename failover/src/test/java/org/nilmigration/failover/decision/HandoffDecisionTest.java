package org.nilmigration.failover.decision;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nilmigration.checkpoint.handoff.HandoffSource;
import org.nilmigration.checkpoint.handoff.HandoffTarget;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.MemoryPlacement;
import org.nilmigration.failover.cluster.Operation;
import org.nilmigration.failover.cluster.OperationPhase;
import org.nilmigration.failover.cluster.OperationState;
import org.nilmigration.failover.placement.Handoff;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;
import org.nilmigration.heartbeat.Liveness;

/** Planned moves: who may ask for one, and who goes on when a party dies after each word. */
class HandoffDecisionTest {

  private static String name(Decision decision) {
    return decision.action().getClass().getSimpleName();
  }

  // Source: asked to move. Host b owns, host a stands by.

  private static Facts asked(String to) {
    return Facts.owner().peer("c", 30, true, Liveness.ALIVE).operation(Facts.migrate(to));
  }

  private static Operation refused(Facts facts) {
    Operation end = ended(facts);
    assertThat(end.state()).isEqualTo(OperationState.FAILED);
    assertThat(end.detail()).contains("guest web").containsAnyOf(";", "see");
    return end;
  }

  private static Operation ended(Facts facts) {
    assertThat(facts.action()).isInstanceOf(Action.EndOperation.class);
    return ((Action.EndOperation) facts.action()).ended();
  }

  @ParameterizedTest(name = "migrate to {0}: {1}")
  @CsvSource({"b, USAGE", "x, NO_SUCH", ", NO_SUCH"})
  void movesThatCannotBeAreRefusedWithARemedy(String to, FaultKind kind) {
    assertThat(refused(asked(to)).exitCode()).isEqualTo(kind.exitCode());
  }

  @ParameterizedTest(name = "to host c by region {0}, session {1}: {2}")
  @CsvSource({
    "DEAD,    false, UNAVAILABLE",
    "DEAD,    true,  UNAVAILABLE",
    "ALIVE,   false, UNAVAILABLE",
    "UNKNOWN, false, UNAVAILABLE",
    "UNKNOWN, true,  TRY_AGAIN",
  })
  void aTargetMustBeSeenToLive(Liveness region, boolean session, FaultKind kind) {
    assertThat(refused(asked("c").peer("c", 30, session, region)).exitCode())
        .isEqualTo(kind.exitCode());
  }

  @Test
  void aTargetMustHaveTheSameRegionAndTakeGuests() {
    assertThat(refused(asked("c").stranger("c", 30)).detail()).contains("another region");
    assertThat(refused(asked("c").cordoned("c")).detail()).contains("uncordon c");
  }

  @Test
  void movesToTheStandbyOrToAnyOtherHostWithOrWithoutStandby() {
    assertThat(asked("a").action()).isEqualTo(new Action.HandOver(Facts.migrate("a"), "a", 10));
    assertThat(asked("c").action()).isEqualTo(new Action.HandOver(Facts.migrate("c"), "c", 30));
    Facts alone = asked("c").placement(Facts.paired("b", 20, "a", 10).withoutStandby(null));
    alone.local(new LocalRole.Owner(3, -1, false, false, null, null));
    assertThat(alone.action()).isEqualTo(new Action.HandOver(Facts.migrate("c"), "c", 30));
  }

  @Test
  void aTargetWithoutRoomIsRefusedUnlessItHasACopyAlready() {
    assertThat(refused(asked("c").peer("c", 30, 3, 3)).detail()).contains("memory.capacity");
    assertThat(asked("c").peer("c", 30, 2, 3).action()).isInstanceOf(Action.HandOver.class);
    assertThat(asked("a").peer("a", 10, 3, 3).action()).isInstanceOf(Action.HandOver.class);
  }

  @Test
  void aMoveIsCalledOffUntilTheGuestIsLetGoOf() {
    Operation pending = ended(asked("c").calledOff());
    assertThat(pending.state()).isEqualTo(OperationState.CANCELLED);
    assertThat(pending.detail()).contains("stays on host b", "cancelled by me");

    Operation under = Facts.migrate("c").running(OperationPhase.HANDOFF);
    Facts facts = Facts.owner().peer("c", 30, true, Liveness.ALIVE).operation(under);
    assertThat(Decisions.givesUp(facts.facts())).isFalse();
    assertThat(Decisions.givesUp(facts.calledOff().facts())).isTrue();
    assertThat(ended(facts).state()).isEqualTo(OperationState.CANCELLED);

    Facts drained = asked("c").calledOff().moving("a", 10);
    assertThat(Decisions.givesUp(drained.facts())).as("another move is under way").isFalse();
  }

  @Test
  void whatArrivedIsDoneWhoeverCalledItOff() {
    Facts facts = Facts.owner().operation(Facts.migrate("b").running(OperationPhase.HANDOFF));
    assertThat(ended(facts).state()).isEqualTo(OperationState.DONE);
    assertThat(ended(facts.calledOff()).state()).isEqualTo(OperationState.DONE);
  }

  @Test
  void memoryFollowsTheGuestWhereThatIsAskedFor() {
    Operation arrived =
        Operation.migrate("web", "b", true, Duration.ZERO).arrived(Map.of("blackout", 2.5));
    Facts facts = Facts.owner().operation(arrived);
    assertThat(facts.action()).isEqualTo(new Action.MoveMemory(arrived, MemoryPlacement.LOCAL));
    assertThat(ended(facts.calledOff()).state()).isEqualTo(OperationState.CANCELLED);
    assertThat(ended(facts).detail()).contains("runs on host b", "stays in the region");

    Operation done = ended(Facts.owner().memoryIn(MemoryPlacement.LOCAL).operation(arrived));
    assertThat(done.state()).isEqualTo(OperationState.DONE);
    assertThat(done.timings()).containsEntry("blackout", 2.5);
  }

  @Test
  void aNewOwnerGoesOnWithWhatHadNotBegunToChangeHands() {
    Operation decoupling = Facts.migrate("c").running(OperationPhase.DECOUPLE);
    assertThat(asked("c").operation(decoupling).action())
        .isEqualTo(new Action.HandOver(decoupling, "c", 30));
    Operation handing = Facts.migrate("c").running(OperationPhase.HANDOFF);
    assertThat(refused(asked("c").operation(handing)).exitCode())
        .isEqualTo(FaultKind.TRY_AGAIN.exitCode());
  }

  @Test
  void anOperationOnAGuestThatNobodyHasIsEndedByTheFirstHost() {
    Placement stopped = Facts.paired("c", 30, "a", 10).ended(PlacementState.STOPPED, "asked for");
    Facts facts = Facts.of().alone().placement(stopped).operation(Facts.migrate("c"));
    assertThat(refused(facts).detail()).contains("not running");
    assertThat(facts.peer("a", 10, true, Liveness.ALIVE).action())
        .isNotInstanceOf(Action.EndOperation.class);

    Placement lost = Facts.paired("c", 30, "a", 10).withoutStandby(null);
    Facts down = Facts.of().alone().placement(lost).operation(Facts.migrate("b"));
    assertThat(down.action()).as("its owner was never seen").isInstanceOf(Action.Wait.class);
    assertThat(refused(down.peer("c", 30, false, Liveness.DEAD)).detail()).contains("down");
    down.placement(Facts.paired("c", 30, "b", 20));
    assertThat(down.action()).as("its standby goes on").isNotInstanceOf(Action.EndOperation.class);
  }

  @Test
  void aMoveWaitsForTheFirstSyncOfTheStandby() {
    Facts facts = asked("a").unsynced().local(new LocalRole.Owner(3, 7, false, false, null, null));
    assertThat(facts.action()).isInstanceOf(Action.Wait.class);
    assertThat(facts.decide().why()).contains("first sync");
  }

  @Test
  void anIntentWithoutAHandoffIsTakenBackBeforeAnythingElse() {
    Facts facts = Facts.owner().moving("a", 10).leaving(Self.Leaving.GUESTS);
    assertThat(facts.action()).isInstanceOf(Action.RevertHandoff.class);
  }

  @Test
  void aSourceDoesNotWaitForADeadTarget() {
    Facts facts = Facts.owner().peer("c", 30, true, Liveness.ALIVE).moving("c", 30);
    assertThat(Decisions.givesUp(facts.facts())).isFalse();
    facts.peer("c", 30, true, Liveness.DEAD);
    assertThat(Decisions.givesUp(facts.facts())).isTrue();
    assertThat(Decisions.givesUp(facts.stalled().facts())).isFalse();
  }

  // Source: let go of the guest, and the target t is alive or dead.

  private static Facts released(String to, long incarnation) {
    return Facts.owner()
        .peer("c", 30, true, Liveness.ALIVE)
        .moving(to, incarnation)
        .words(HandoffSource.RELEASED, HandoffTarget.LOADED)
        .local(new LocalRole.Released(3, true));
  }

  @ParameterizedTest(name = "standby a {0}; target c {1}, word {2}: {3} from shadow {4}")
  @CsvSource({
    "ALIVE, ALIVE,   LOADED,  Wait,            ",
    "ALIVE, ALIVE,   RUNNING, Wait,            ",
    "ALIVE, UNKNOWN, LOADED,  Wait,            ",
    "ALIVE, ALIVE,   FAILED,  TakeBack,        false",
    "ALIVE, DEAD,    LOADED,  TakeBack,        false",
    "ALIVE, DEAD,    FAILED,  TakeBack,        false",
    "ALIVE, DEAD,    RUNNING, RequestFailover, ",
    "DEAD,  DEAD,    LOADED,  TakeBack,        false",
    "DEAD,  DEAD,    RUNNING, TakeBack,        true",
  })
  void theSourceGoesOnOnlyFromWhatItsTargetDidNotTouch(
      Liveness standby, Liveness target, HandoffTarget word, String action, Boolean shadow) {
    Facts facts =
        released("c", 30)
            .words(HandoffSource.RELEASED, word)
            .peer("a", 10, standby != Liveness.DEAD, standby)
            .peer("c", 30, target != Liveness.DEAD, target);
    assertThat(name(facts.decide())).isEqualTo(action);
    if (facts.action() instanceof Action.TakeBack back) {
      assertThat(back.shadow()).isEqualTo(shadow);
    }
  }

  @Test
  void aTargetThatWasTheStandbyLeavesTheShadowToTheSource() {
    Facts facts = released("a", 10).peer("a", 10, false, Liveness.DEAD);
    assertThat(facts.action()).isEqualTo(new Action.TakeBack(cause(facts), false));
    facts.words(HandoffSource.RELEASED, HandoffTarget.RUNNING);
    assertThat(facts.action()).isEqualTo(new Action.TakeBack(cause(facts), true));
  }

  private static String cause(Facts facts) {
    return ((Action.TakeBack) facts.action()).cause();
  }

  @Test
  void anUnprotectedGuestThatDiedWithItsTargetHasFailed() {
    Facts facts =
        released("c", 30)
            .placement(Facts.paired("b", 20, "a", 10).withoutStandby(null))
            .moving("c", 30)
            .local(new LocalRole.Released(3, false))
            .peer("c", 30, false, Liveness.DEAD);
    assertThat(facts.action()).isInstanceOf(Action.TakeBack.class);
    facts.words(HandoffSource.RELEASED, HandoffTarget.RUNNING);
    assertThat(facts.action()).isInstanceOf(Action.Fail.class);
    assertThat(facts.decide().why()).contains("unprotected");
  }

  @Test
  void aSourceThatStoodStillDoesNotTakeBack() {
    Facts facts = released("c", 30).peer("c", 30, false, Liveness.DEAD).stalled();
    assertThat(facts.action()).isInstanceOf(Action.Wait.class);
  }

  @Test
  void aSourceThatAskedForATakeoverWaitsForIt() {
    Facts facts =
        released("c", 30)
            .placement(Facts.paired("b", 20, "a", 10).withState(PlacementState.FAILOVER, "x"));
    assertThat(facts.action()).isInstanceOf(Action.Wait.class);
    facts.peer("a", 10, false, Liveness.DEAD);
    assertThat(((Action.TakeBack) facts.action()).shadow()).isTrue();
  }

  // Standby b of owner a, while the guest moves to host c.

  @ParameterizedTest(name = "source a {0}, word {1}; target c {2}, word {3}: {4}")
  @CsvSource({
    "ALIVE, READY,    ALIVE, LOADED,  Wait",
    "ALIVE, RELEASED, DEAD,  RUNNING, Wait",
    "DEAD,  NONE,     ALIVE, ARMED,   TakeOver",
    "DEAD,  READY,    ALIVE, LOADED,  TakeOver",
    "DEAD,  ABORTED,  ALIVE, LOADED,  TakeOver",
    "DEAD,  RELEASED, ALIVE, LOADED,  Wait",
    "DEAD,  RELEASED, ALIVE, RUNNING, Wait",
    "DEAD,  RELEASED, ALIVE, FAILED,  TakeOver",
    "DEAD,  RELEASED, DEAD,  LOADED,  TakeOver",
    "DEAD,  RELEASED, DEAD,  RUNNING, TakeOver",
  })
  void theStandbyOfAMoveLooksAtTheSourcesWord(
      Liveness source, HandoffSource word, Liveness target, HandoffTarget its, String action) {
    Facts facts =
        Facts.standby()
            .moving("c", 30)
            .words(word, its)
            .peer("a", 10, source != Liveness.DEAD, source)
            .peer("c", 30, target != Liveness.DEAD, target);
    assertThat(name(facts.decide())).isEqualTo(action);
  }

  @Test
  void aBrokenReplicaResignsOnlyWhenTheGuestHasMoved() {
    Facts facts =
        Facts.standby()
            .peer("c", 30, true, Liveness.ALIVE)
            .moving("c", 30)
            .local(new LocalRole.Standby(3, 7, true, "broken"));
    assertThat(facts.action()).isInstanceOf(Action.Wait.class);
  }

  @Test
  void theStandbyFollowsTheNextOwnerOnTheSameShadow() {
    Placement moved = Facts.standby().moving("c", 30).facts().placement().handedOver("next.log");
    Facts facts = Facts.standby().peer("c", 30, true, Liveness.ALIVE).placement(moved);
    assertThat(facts.action()).isInstanceOf(Action.BecomeStandby.class);
    assertThat(facts.local(new LocalRole.Standby(3, 7, false, null)).action())
        .isInstanceOf(Action.LeaveStandby.class);
  }

  // Target b of a move from host a, with standby c or as the standby itself.

  private static Facts target() {
    return Facts.of()
        .peer("c", 30, true, Liveness.ALIVE)
        .placement(Facts.paired("a", 10, "c", 30))
        .moving("b", 20)
        .words(HandoffSource.READY, HandoffTarget.ARMED);
  }

  private static Facts targetAndStandby() {
    return Facts.standby().moving("b", 20).words(HandoffSource.READY, HandoffTarget.ARMED);
  }

  /** Its takeover did not get through to ZooKeeper, and its arrival was let go of before. */
  @Test
  void aTargetDoesNotLoadAGuestAgainWhoseMemoryItHasWrittenTo() {
    Facts facts = targetAndStandby().words(HandoffSource.RELEASED, HandoffTarget.RUNNING);
    assertThat(facts.action()).isInstanceOf(Action.TakeOver.class);
    facts = target().words(HandoffSource.RELEASED, HandoffTarget.RUNNING);
    assertThat(facts.action()).isInstanceOf(Action.LoseArrival.class);
    facts.words(HandoffSource.ABORTED, HandoffTarget.RUNNING);
    assertThat(facts.action()).isInstanceOf(Action.Wait.class);
  }

  @Test
  void aTargetGetsReadyOnceAndLetsTheOutcomeBeWritten() {
    for (Facts facts : new Facts[] {target(), targetAndStandby()}) {
      assertThat(facts.action()).isInstanceOf(Action.Arrive.class);
      assertThat(facts.arriving(false, null).action()).isInstanceOf(Action.Wait.class);
      assertThat(facts.arriving(true, null).action()).isInstanceOf(Action.FinishHandover.class);
      facts.peer("a", 10, false, Liveness.DEAD);
      assertThat(facts.action()).isInstanceOf(Action.FinishHandover.class);
    }
  }

  @Test
  void anotherRunOfTheTargetIsNotMeant() {
    Facts facts = Facts.of().placement(Facts.paired("a", 10, "c", 30)).moving("b", 19);
    assertThat(facts.action()).isInstanceOf(Action.Wait.class);
  }

  @Test
  void aTargetThatLeavesDoesNotBegin() {
    assertThat(target().leaving(Self.Leaving.GUESTS).action()).isInstanceOf(Action.Wait.class);
  }

  @Test
  void anArrivalIsDroppedWhenThePlacementMovesOn() {
    Placement back = target().facts().placement().withState(PlacementState.RUNNING, null);
    assertThat(target().arriving(true, null).placement(back).action())
        .isInstanceOf(Action.DropArrival.class);
    Placement again = back.withHandoff(new Handoff("b", 20, "x"));
    assertThat(target().arriving(false, "late").placement(again).action())
        .isInstanceOf(Action.DropArrival.class);
    Placement stopped = back.ended(PlacementState.STOPPED, "asked for");
    assertThat(target().arriving(true, null).placement(stopped).action())
        .isInstanceOf(Action.DropArrival.class);
    Placement taken = target().facts().placement().takenOver();
    assertThat(target().arriving(true, null).placement(taken).action())
        .isInstanceOf(Action.DropArrival.class);
  }

  @Test
  void anOutcomeWhoseAnswerGotLostIsFinished() {
    Placement mine = target().facts().placement().handedOver("next.log");
    assertThat(target().arriving(true, null).placement(mine).action())
        .isInstanceOf(Action.FinishHandover.class);
  }

  @ParameterizedTest(name = "source {0}, its word {1}: {2}")
  @CsvSource({
    "ALIVE, READY,    Wait",
    "DEAD,  READY,    TakeOver",
    "DEAD,  ABORTED,  TakeOver",
    "DEAD,  RELEASED, Wait",
  })
  void aStandbyThatIsTheTargetTakesOverOnlyFromASourceThatDidNotLetGo(
      Liveness source, HandoffSource word, String action) {
    Facts facts =
        targetAndStandby()
            .arriving(false, null)
            .words(word, HandoffTarget.LOADED)
            .peer("a", 10, source != Liveness.DEAD, source);
    assertThat(name(facts.decide())).isEqualTo(action);
    Facts dead = targetAndStandby().peer("a", 10, false, Liveness.DEAD);
    dead.words(HandoffSource.RELEASED, HandoffTarget.FAILED).arriving(false, "no process");
    assertThat(dead.action()).isInstanceOf(Action.TakeOver.class);
  }

  @Test
  void aGuestThatDiesAsItArrivesIsLeftToTheLastCommit() {
    HandoffSource released = HandoffSource.RELEASED;
    Facts other = target().arriving(false, "boom").words(released, HandoffTarget.RUNNING);
    assertThat(other.action()).isInstanceOf(Action.LoseArrival.class);
    Facts standby = targetAndStandby().arriving(false, "boom");
    standby.words(released, HandoffTarget.RUNNING);
    assertThat(standby.action()).isInstanceOf(Action.TakeOver.class);
    Facts unrun = target().arriving(false, "boom").words(released, HandoffTarget.FAILED);
    assertThat(unrun.action()).isInstanceOf(Action.Wait.class);
    Facts aborted = target().arriving(false, "boom");
    assertThat(aborted.words(HandoffSource.ABORTED, HandoffTarget.FAILED).action())
        .isInstanceOf(Action.Wait.class);
  }

  @Test
  void withoutZooKeeperTheArrivedGuestStaysMuteAndRuns() {
    Facts facts = target().arriving(true, null).zookeeper(false);
    assertThat(facts.action()).isInstanceOf(Action.Wait.class);
  }
}
