package org.nilmigration.failover.decision;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nilmigration.failover.cluster.Desired;
import org.nilmigration.failover.placement.PlacementState;
import org.nilmigration.heartbeat.Liveness;

/** The table of the two channels, and what else a standby decides. */
class StandbyDecisionTest {

  @ParameterizedTest(name = "region {0}, session {1}, own ZooKeeper {2}: {3}, alarm {4}")
  @CsvSource({
    "ALIVE,   true,  true,  Wait,     false",
    "ALIVE,   false, true,  Wait,     true",
    "DEAD,    true,  true,  TakeOver, false",
    "DEAD,    false, true,  TakeOver, false",
    "UNKNOWN, true,  true,  Wait,     false",
    "UNKNOWN, false, true,  Wait,     true",
    "ALIVE,   true,  false, Wait,     false",
    "ALIVE,   false, false, Wait,     false",
    "DEAD,    true,  false, Wait,     true",
    "DEAD,    false, false, Wait,     true",
  })
  void twoChannels(
      Liveness region, boolean session, boolean zookeeper, String action, boolean alarm) {
    Decision decision =
        Facts.standby()
            .peer(Facts.OTHER, Facts.OTHER_INCARNATION, session, region)
            .zookeeper(zookeeper)
            .decide();

    assertThat(decision.action().getClass().getSimpleName()).isEqualTo(action);
    assertThat(decision.alarm()).isEqualTo(alarm);
    assertThat(decision.why()).isNotBlank();
  }

  @Test
  void ownStallIsNoEvidence() {
    Facts facts = Facts.standby().peer("a", 10, false, Liveness.DEAD).stalled();
    assertThat(facts.action()).isInstanceOf(Action.Wait.class);
  }

  private static Decision unsafe(String by, boolean reachable, String busy) {
    return Facts.standby()
        .peer("a", 10, false, Liveness.DEAD)
        .fence(new FenceFacts(true, by, reachable, busy))
        .decide();
  }

  /** Its watchdog has a timeout of 10 s. */
  private static Facts guarded(long silentMillis, boolean session) {
    return Facts.standby()
        .silent("a", 10, session, Duration.ofMillis(silentMillis))
        .fence(new FenceFacts(true, null, false, null, Duration.ofSeconds(25)));
  }

  @Test
  void anOwnerWithAWatchdogIsOffForCertainAfterItsTimeoutsOfSilenceOnBothChannels() {
    Decision waits = guarded(24_999, false).decide();
    assertThat(waits.action()).isInstanceOf(Action.Wait.class);
    assertThat(waits.alarm()).isTrue();
    assertThat(waits.why()).contains("down until", "reset it after 25 s of silence");
    assertThat(guarded(60_000, true).action())
        .as("a session that lives: its daemon may feed it")
        .isInstanceOf(Action.Wait.class);
    Action.TakeOver off = (Action.TakeOver) guarded(25_001, false).action();
    assertThat(off.evidence().get("ruledOut"))
        .contains("more than 25 s: its watchdog has reset it");
    assertThat(guarded(60_000, false).stalled().action())
        .as("this host stood still itself")
        .isInstanceOf(Action.Wait.class);
    assertThat(guarded(60_000, false).zookeeper(false).action()).isInstanceOf(Action.Wait.class);
  }

  @Test
  void aWatchdogDoesNotKeepAFenceAgentWaiting() {
    Facts facts = guarded(1_000, false);
    facts.fence(new FenceFacts(true, null, true, null, Duration.ofSeconds(25)));
    assertThat(facts.action()).isEqualTo(new Action.Fence("a", 10));
  }

  @Test
  void aGuestThatMustNotRunTwiceWaitsUntilItsOwnerIsOffForCertain() {
    assertThat(unsafe(null, true, null).action()).isEqualTo(new Action.Fence("a", 10));
    Decision busy = unsafe(null, true, "host a is being fenced");
    assertThat(busy.action()).isInstanceOf(Action.Wait.class);
    assertThat(busy.why()).contains("down until", "host a is being fenced");
    Decision nobody = unsafe(null, false, null);
    assertThat(nobody.alarm()).isTrue();
    assertThat(nobody.why()).contains("no fence agent", "nilctl host confirm-dead a");
    Action.TakeOver off = (Action.TakeOver) unsafe("fence_x", false, null).action();
    assertThat(off.evidence().get("ruledOut")).contains("confirmed by fence_x");
    assertThat(
            Facts.standby()
                .peer("a", 11, true, Liveness.ALIVE)
                .fence(new FenceFacts(true, null, true, null))
                .action())
        .as("its daemon was restarted")
        .isInstanceOf(Action.TakeOver.class);
  }

  @Test
  void aBrakeHoldsBackWhatSilentBeatsAloneSay() {
    Decision held = Facts.standby().peer("a", 10, true, Liveness.DEAD).braked().decide();
    assertThat(held.action()).isInstanceOf(Action.Wait.class);
    assertThat(held.alarm()).isTrue();
    assertThat(held.why()).contains("no takeover yet", "just started");
    assertThat(Facts.standby().peer("a", 10, false, Liveness.DEAD).braked().action())
        .as("a crash that ZooKeeper confirms")
        .isInstanceOf(Action.TakeOver.class);
    assertThat(Facts.standby().state(PlacementState.FAILOVER).braked().action())
        .as("asked to by the owner")
        .isInstanceOf(Action.TakeOver.class);
  }

  @Test
  void anUnsyncedStandbyNeverTakesOver() {
    Decision decision =
        Facts.standby()
            .peer("a", 10, false, Liveness.DEAD)
            .local(new LocalRole.Standby(3, 7, false, null))
            .decide();
    assertThat(decision.action()).isInstanceOf(Action.Wait.class);
    assertThat(decision.alarm()).isTrue();
  }

  @Test
  void aStandbyWhoseOwnerMayStillSendUncommittedOutputNeverTakesOver() {
    Facts facts = Facts.standby().unsynced().peer("a", 10, false, Liveness.DEAD);
    assertThat(facts.action()).isInstanceOf(Action.Wait.class);
  }

  @Test
  void aRestartedOwnerIsADeadOwner() {
    Facts facts = Facts.standby().peer("a", 11, true, Liveness.ALIVE);
    assertThat(facts.action()).isInstanceOf(Action.TakeOver.class);
  }

  @Test
  void anOlderRegistrationSaysNothingOfANewerOwner() {
    Facts facts = Facts.standby().peer("a", 9, true, Liveness.DEAD);
    assertThat(facts.action()).isInstanceOf(Action.Wait.class);
  }

  @Test
  void aDeadOwnersGuestThatNobodyWantsIsStoppedNotTaken() {
    Facts facts = Facts.standby().peer("a", 10, false, Liveness.DEAD).desired(Desired.STOPPED);
    assertThat(facts.action()).isInstanceOf(Action.MarkStopped.class);
  }

  @Test
  void takesOverWhenTheOwnerAsksForIt() {
    assertThat(Facts.standby().state(PlacementState.FAILOVER).action())
        .isEqualTo(new Action.TakeOver("note", Map.of()));
  }

  @Test
  void aBrokenReplicaResigns() {
    Facts facts = Facts.standby().local(new LocalRole.Standby(3, 7, true, "broken"));
    assertThat(facts.action()).isEqualTo(new Action.ResignStandby("broken"));
  }

  @Test
  void anotherPairingIsLetGo() {
    Facts facts = Facts.standby().local(new LocalRole.Standby(3, 6, true, null));
    assertThat(facts.action()).isInstanceOf(Action.LeaveStandby.class);
  }

  @Test
  void aNamedStandbyFollows() {
    assertThat(Facts.standby().local(new LocalRole.None()).action())
        .isInstanceOf(Action.BecomeStandby.class);
    assertThat(Facts.standby().local(new LocalRole.Released(2, true)).action())
        .isInstanceOf(Action.BecomeStandby.class);
  }

  @Test
  void anEarlierIncarnationOfThisHostIsNotThisStandby() {
    Facts facts =
        Facts.standby().placement(Facts.paired("a", 10, "b", 19)).local(new LocalRole.None());
    assertThat(facts.action()).isInstanceOf(Action.Wait.class);
  }

  @Test
  void theSourceOfAHandoffDoesNotFollowWhileItLeaves() {
    Facts facts =
        Facts.standby().local(new LocalRole.Released(2, true)).leaving(Self.Leaving.GUESTS);
    assertThat(facts.action()).isInstanceOf(Action.LeaveStandby.class);
    facts.local(new LocalRole.None()).leaving(Self.Leaving.STANDBYS);
    assertThat(facts.action()).isInstanceOf(Action.ResignStandby.class);
  }

  @Test
  void aLeavingStandbyStillTakesOverFromADeadOwner() {
    Facts facts =
        Facts.standby().peer("a", 10, false, Liveness.DEAD).leaving(Self.Leaving.STANDBYS);
    assertThat(facts.action()).isInstanceOf(Action.TakeOver.class);
  }
}
