package org.nilmigration.failover.decision;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nilmigration.failover.cluster.Desired;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;
import org.nilmigration.heartbeat.Liveness;
import org.nilmigration.migration.hypervisor.GuestExit;

class OwnerDecisionTest {
  private static final GuestExit CRASH = new GuestExit(1, GuestExit.Cause.CRASHED, "boom");
  private static final GuestExit SHUTDOWN = new GuestExit(0, GuestExit.Cause.GUEST_SHUTDOWN, "");

  @ParameterizedTest(name = "standby by region {0}, session {1}: {2}")
  @CsvSource({
    "ALIVE,   true,  Wait",
    "ALIVE,   false, Wait",
    "UNKNOWN, true,  Wait",
    "UNKNOWN, false, DropStandby",
    "DEAD,    true,  DropStandby",
    "DEAD,    false, DropStandby",
  })
  void aLostStandbyIsDropped(Liveness region, boolean session, String action) {
    Facts facts = Facts.owner().peer("a", 10, session, region);
    assertThat(facts.action().getClass().getSimpleName()).isEqualTo(action);
  }

  @Test
  void ownStallDropsNoStandby() {
    assertThat(Facts.owner().peer("a", 10, false, Liveness.DEAD).stalled().action())
        .isInstanceOf(Action.Wait.class);
  }

  @Test
  void withoutZooKeeperTheGuestRunsOn() {
    Decision decision = Facts.owner().peer("a", 10, false, Liveness.DEAD).zookeeper(false).decide();
    assertThat(decision.action()).isInstanceOf(Action.Wait.class);
    assertThat(decision.alarm()).isTrue();
  }

  @Test
  void theTakenWordKillsEvenWithoutZooKeeper() {
    Facts facts = Facts.owner().local(new LocalRole.Owner(3, 7, true, true, null, null));
    assertThat(facts.zookeeper(false).action()).isInstanceOf(Action.StepDown.class);
  }

  @Test
  void anotherOwnerInThePlacementKills() {
    Placement taken = Facts.paired("b", 20, "a", 10).takenOver();
    assertThat(Facts.owner().placement(taken).action()).isInstanceOf(Action.StepDown.class);
  }

  @Test
  void aLaterIncarnationOfThisHostIsAnotherOwner() {
    Facts facts = Facts.owner().placement(Facts.paired("b", 21, "a", 10));
    assertThat(facts.action()).isInstanceOf(Action.StepDown.class);
  }

  @Test
  void anotherGenerationKills() {
    Facts facts = Facts.owner().local(new LocalRole.Owner(2, 7, true, false, null, null));
    assertThat(facts.action()).isInstanceOf(Action.StepDown.class);
  }

  @Test
  void aStoppedPlacementKills() {
    Facts facts = Facts.owner();
    facts.placement(facts.facts().placement().ended(PlacementState.STOPPED, "x"));
    assertThat(facts.action()).isInstanceOf(Action.StepDown.class);
  }

  @Test
  void aProcessThatDoesNotAnswerIsRescuedByASyncedStandby() {
    LocalRole hung = new LocalRole.Owner(3, 7, true, false, "no answer", true, null, null);
    Facts facts = Facts.owner().local(hung);
    assertThat(facts.action()).isInstanceOf(Action.RequestFailover.class);
    LocalRole unpaired = new LocalRole.Owner(3, -1, false, false, null, null);
    assertThat(facts.local(unpaired).state(PlacementState.FAILOVER).action())
        .isInstanceOf(Action.Wait.class);
    assertThat(facts.peer("a", 10, false, Liveness.DEAD).action())
        .isInstanceOf(Action.DropStandby.class);
    assertThat(Facts.owner().local(hung).paused().decide().alarm()).isTrue();
    assertThat(Facts.owner().unsynced().local(hung).action())
        .isInstanceOf(Action.DropStandby.class);
  }

  @Test
  void aDeadProcessIsRescuedByASyncedStandby() {
    Facts facts = Facts.owner().local(new LocalRole.Owner(3, 7, true, false, "eof", CRASH));
    assertThat(facts.action()).isInstanceOf(Action.RequestFailover.class);
    assertThat(facts.state(PlacementState.FAILOVER).action()).isInstanceOf(Action.Wait.class);
  }

  @Test
  void aDeadProcessWithoutSyncedStandbyFails() {
    Facts crashed = Facts.owner().local(new LocalRole.Owner(3, 7, true, false, null, CRASH));
    assertThat(crashed.unsynced().action()).isInstanceOf(Action.Fail.class);
    Facts lonely =
        Facts.owner()
            .peer("a", 10, false, Liveness.DEAD)
            .local(new LocalRole.Owner(3, 7, true, false, null, CRASH));
    assertThat(lonely.state(PlacementState.FAILOVER).action()).isInstanceOf(Action.Fail.class);
  }

  @Test
  void aGuestThatShutsItselfDownIsStopped() {
    Facts facts = Facts.owner().local(new LocalRole.Owner(3, 7, true, false, null, SHUTDOWN));
    assertThat(facts.action()).isEqualTo(new Action.Stop("the guest shut itself down", true));
  }

  @Test
  void anUnwantedGuestIsStopped() {
    assertThat(Facts.owner().desired(Desired.STOPPED).action()).isInstanceOf(Action.Stop.class);
    assertThat(Facts.owner().desired(Desired.REMOVED).action()).isInstanceOf(Action.Stop.class);
  }

  @Test
  void syncIsSaidOnce() {
    assertThat(Facts.owner().unsynced().action()).isInstanceOf(Action.MarkSynced.class);
    assertThat(Facts.owner().action()).isInstanceOf(Action.Wait.class);
  }

  @Test
  void aFailedProtectorDropsItsStandbyForAWhile() {
    Facts facts = Facts.owner().local(new LocalRole.Owner(3, 7, true, false, "ring broke", null));
    assertThat(facts.action()).isEqualTo(new Action.DropStandby("ring broke", true));
  }

  @Test
  void pairsWithTheEmptiestHostThatIsReadyAndHasRoom() {
    Placement alone = Facts.paired("b", 20, "a", 10).withoutStandby(null);
    LocalRole.Owner owner = new LocalRole.Owner(3, -1, false, false, null, null);
    Facts facts =
        Facts.of()
            .placement(alone)
            .local(owner)
            .peer("a", 10, true, Liveness.ALIVE, true)
            .peer("c", 30, true, Liveness.UNKNOWN)
            .peer("e", 50, true, Liveness.ALIVE)
            .peer("d", 40, true, Liveness.ALIVE);
    assertThat(facts.action()).isEqualTo(new Action.Pair("d", 40));
    facts.peer("d", 40, 2, 0).peer("e", 50, 1, 0);
    assertThat(facts.action()).isEqualTo(new Action.Pair("e", 50));
    facts.peer("e", 50, 1, 1);
    assertThat(facts.action()).isEqualTo(new Action.Pair("d", 40));
    facts.peer("d", 40, 2, 2);
    assertThat(facts.decide().alarm()).isTrue();
    assertThat(facts.decide().why()).contains("has room");
    Decision nobody = Facts.of().alone().placement(alone).local(owner).decide();
    assertThat(nobody.action()).isInstanceOf(Action.Wait.class);
    assertThat(nobody.alarm()).isTrue();
  }

  @Test
  void aStandbyThatResignedEndsTheProtector() {
    Facts facts = Facts.owner();
    facts.placement(facts.facts().placement().withoutStandby("gone"));
    assertThat(facts.action()).isInstanceOf(Action.Unprotect.class);
  }

  @Test
  void aLeavingOwnerHandsOverOrStops() {
    assertThat(Facts.owner().leaving(Self.Leaving.GUESTS).action())
        .isEqualTo(new Action.HandOver(null, "a", 10));
    Facts syncing = Facts.owner().unsynced().leaving(Self.Leaving.GUESTS);
    assertThat(syncing.action()).isInstanceOf(Action.DropStandby.class);
    Placement unprotected = Facts.paired("b", 20, "a", 10).withoutStandby(null);
    Facts alone =
        Facts.of()
            .placement(unprotected)
            .local(new LocalRole.Owner(3, -1, false, false, null, null))
            .leaving(Self.Leaving.GUESTS);
    assertThat(alone.action()).isEqualTo(new Action.HandOver(null, "a", 10));
    assertThat(alone.alone().action()).isInstanceOf(Action.Stop.class);
  }

  @Test
  void aTakeoverWhoseAnswerGotLostIsFinished() {
    Placement mine = Facts.paired("a", 10, "b", 20).takenOver();
    Facts facts = Facts.standby().placement(mine);
    assertThat(facts.action()).isInstanceOf(Action.FinishTakeover.class);
  }
}
