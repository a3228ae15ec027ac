package org.nilmigration.failover.decision;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.nilmigration.failover.cluster.Desired;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;
import org.nilmigration.heartbeat.Liveness;

/** Guests that nobody runs, and hosts that come back. */
class PlacementDecisionTest {
  private static final Placement STOPPED =
      Placement.starting("a", 10, 3, "live.img").ended(PlacementState.STOPPED, "asked for");

  @Test
  void onlyTheElectedHostStarts() {
    assertThat(Facts.of().action()).isInstanceOf(Action.Wait.class);
    assertThat(Facts.of().leads().action()).isInstanceOf(Action.Start.class);
    assertThat(Facts.of().placement(STOPPED).leads().action()).isInstanceOf(Action.Start.class);
  }

  @Test
  void thePreferredHostComesFirstWhileItIsAlive() {
    Facts facts = Facts.of().preferred("a").leads();
    assertThat(facts.action()).isInstanceOf(Action.Wait.class);
    assertThat(Decisions.candidate(facts.facts())).isFalse();
    facts.peer("a", 10, false, Liveness.DEAD);
    assertThat(facts.action()).isInstanceOf(Action.Start.class);
    assertThat(Decisions.candidate(facts.facts())).isTrue();
  }

  @Test
  void aFailedGuestIsNotTriedAgainByItself() {
    Placement failed = STOPPED.ended(PlacementState.FAILED, "no kernel");
    Decision decision = Facts.of().placement(failed).leads().decide();
    assertThat(decision.action()).isInstanceOf(Action.Wait.class);
    assertThat(decision.why()).contains("no kernel");
  }

  @Test
  void onlyOneHostPurgesARemovedGuest() {
    Facts facts = Facts.of().placement(STOPPED).desired(Desired.REMOVED);
    assertThat(facts.action()).isInstanceOf(Action.Wait.class);
    assertThat(facts.alone().action()).isInstanceOf(Action.Purge.class);
  }

  @Test
  void aRestartedOwnerLeavesTheGuestToItsStandbyForAWhile() {
    Facts facts = Facts.of().placement(Facts.paired("b", 19, "a", 10));
    assertThat(facts.orphanedFor(Duration.ofSeconds(6)).action()).isInstanceOf(Action.Wait.class);
    assertThat(facts.orphanedFor(Duration.ofSeconds(31)).action())
        .isInstanceOf(Action.ColdStart.class);
  }

  @Test
  void aRestartedOwnerWithoutAnyStandbyBootsAnew() {
    Placement alone = Facts.paired("b", 19, "a", 10).withoutStandby(null);
    assertThat(Facts.of().placement(alone).action()).isInstanceOf(Action.ColdStart.class);
    Facts dead =
        Facts.of().placement(Facts.paired("b", 19, "a", 10)).peer("a", 10, false, Liveness.DEAD);
    assertThat(dead.action()).isInstanceOf(Action.Revive.class);
    assertThat(dead.paused().decide().refusal()).isTrue();
    Facts unsynced = dead.unsynced().orphanedFor(Duration.ofSeconds(4));
    assertThat(unsynced.action()).isInstanceOf(Action.Wait.class);
    assertThat(unsynced.orphanedFor(Duration.ofSeconds(5)).action())
        .isInstanceOf(Action.ColdStart.class);
  }

  @Test
  void aBystanderNeverStartsWhatAHungOwnerMayStillRun() {
    Placement alone = Facts.paired("a", 10, "c", 30).withoutStandby(null);
    Decision decision =
        Facts.of().placement(alone).leads().peer("a", 10, false, Liveness.DEAD).decide();
    assertThat(decision.action()).isInstanceOf(Action.Wait.class);
    assertThat(decision.alarm()).isTrue();
  }

  /** Both hosts died, and only that of the standby is back. */
  @Test
  void aRestartedStandbyResumesTheGuestFromTheRegion() {
    Facts alone =
        Facts.of()
            .placement(Facts.paired("a", 10, "b", Facts.ME_INCARNATION - 1))
            .peer("a", 10, false, Liveness.DEAD);
    assertThat(alone.action()).isInstanceOf(Action.Revive.class);
    assertThat(alone.stalled().action()).isInstanceOf(Action.Wait.class);
  }

  /** Owner and standby died; a host that had no part in it goes on. */
  @Test
  void aBystanderResumesTheGuestFromTheRegion() {
    Facts bystander =
        Facts.of()
            .placement(Facts.paired("a", 10, "c", 30))
            .peer("a", 10, false, Liveness.DEAD)
            .peer("c", 30, false, Liveness.DEAD);
    assertThat(bystander.action()).isInstanceOf(Action.Revive.class);
    FenceFacts required = new FenceFacts(true, null, true, null);
    assertThat(bystander.fence(required).action()).isInstanceOf(Action.Fence.class);
    assertThat(bystander.fence(FenceFacts.NOT_REQUIRED).peer("c", 30, true, Liveness.DEAD).action())
        .isInstanceOf(Action.Wait.class);
    assertThat(bystander.peer("c", 31, true, Liveness.ALIVE).action())
        .isInstanceOf(Action.Revive.class);
    assertThat(bystander.unsynced().action()).isInstanceOf(Action.Wait.class);
  }

  @Test
  void aBystanderLetsGoOfWhatItHolds() {
    Facts facts = Facts.standby().placement(Facts.paired("a", 10, "c", 30));
    assertThat(facts.action()).isInstanceOf(Action.LeaveStandby.class);
  }

  @Test
  void ownerAndStandbyStandForElectionNobodyElse() {
    assertThat(Decisions.candidate(Facts.owner().facts())).isTrue();
    assertThat(Decisions.candidate(Facts.standby().facts())).isTrue();
    Facts bystander = Facts.of().placement(Facts.paired("a", 10, "c", 30));
    assertThat(Decisions.candidate(bystander.facts())).isFalse();
    assertThat(Decisions.candidate(Facts.owner().leaving(Self.Leaving.GUESTS).facts())).isFalse();
  }
}
