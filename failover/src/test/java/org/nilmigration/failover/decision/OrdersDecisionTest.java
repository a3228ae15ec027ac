package org.nilmigration.failover.decision;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nilmigration.config.ConfigFiles;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.failover.cluster.Cordon;
import org.nilmigration.failover.cluster.Desired;
import org.nilmigration.failover.cluster.DrainPlan;
import org.nilmigration.failover.cluster.GuestView;
import org.nilmigration.failover.cluster.HaPause;
import org.nilmigration.failover.cluster.HostRecord;
import org.nilmigration.failover.cluster.Hosts;
import org.nilmigration.failover.placement.Handoff;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;
import org.nilmigration.heartbeat.Liveness;
import org.nilmigration.migration.hypervisor.GuestExit;

/** What cordons, drains and pauses of HA change. Host b decides. */
class OrdersDecisionTest {
  private static final GuestExit CRASH = new GuestExit(1, GuestExit.Cause.CRASHED, "boom");

  private static Facts alone() {
    return Facts.of()
        .placement(Facts.paired("b", 20, "a", 10).withoutStandby(null))
        .local(new LocalRole.Owner(3, -1, false, false, null, null));
  }

  private static Facts withC(Facts facts) {
    return facts.peer("c", 30, true, Liveness.ALIVE);
  }

  private static void assertAlarm(Facts facts, String... says) {
    Decision decision = facts.decide();
    assertThat(decision.action()).isInstanceOf(Action.Wait.class);
    assertThat(decision.alarm()).isTrue();
    assertThat(decision.why()).contains(says);
  }

  @Test
  void aCordonedHostStartsNothingAndAnotherMay() {
    Facts here = Facts.of().leads().cordoned("b");
    assertThat(Decisions.candidate(here.facts())).isFalse();
    assertThat(here.action()).isInstanceOf(Action.Wait.class);
    assertThat(here.decide().why()).contains("this host is cordoned");
    assertThat(Facts.of().leads().preferred("a").cordoned("a").action())
        .isInstanceOf(Action.Start.class);
    assertAlarm(Facts.of().leads().cordoned("a").cordoned("b"), "every host", "uncordon");
  }

  @Test
  void aCordonedHostIsNoNewStandbyButStaysOne() {
    assertThat(withC(alone()).cordoned("a").action()).isEqualTo(new Action.Pair("c", 30));
    assertAlarm(alone().cordoned("a"), "not cordoned");
    assertThat(Facts.owner().cordoned("a").action()).isInstanceOf(Action.Wait.class);
    assertThat(Facts.standby().local(new LocalRole.None()).cordoned("b").action())
        .isInstanceOf(Action.BecomeStandby.class);
  }

  @Test
  void nothingMovesToACordonedHost() {
    Facts facts = Facts.owner().cordoned("a").operation(Facts.migrate("a"));
    Action.EndOperation end = (Action.EndOperation) facts.action();
    assertThat(end.ended().exitCode()).isEqualTo(FaultKind.UNAVAILABLE.exitCode());
    assertThat(end.ended().detail()).contains("cordoned", "nilctl host uncordon a");
  }

  @Test
  void aCordonedHostKeepsWhatItHas() {
    assertThat(Facts.owner().cordoned("b").action()).isInstanceOf(Action.Wait.class);
    assertThat(alone().cordoned("b").action()).isEqualTo(new Action.Pair("a", 10));
    Facts dead = Facts.standby().cordoned("b").peer("a", 10, false, Liveness.DEAD);
    assertThat(dead.action()).isInstanceOf(Action.TakeOver.class);
  }

  @Test
  void aDrainedOwnerHandsOverToItsSyncedStandbyInItsTurn() {
    Facts drained = withC(Facts.owner()).draining("b");
    assertThat(drained.action()).isEqualTo(new Action.HandOver(null, "a", 10));
    Decision later = drained.notItsTurn().decide();
    assertThat(later.action()).isInstanceOf(Action.Wait.class);
    assertThat(later.why()).contains("its turn");
    Facts syncing = withC(Facts.owner()).draining("b").unsynced();
    syncing.local(new LocalRole.Owner(3, 7, false, false, null, null));
    assertThat(syncing.action()).isInstanceOf(Action.Wait.class);
  }

  @Test
  void aDrainedOwnerMovesWhereItCanGo() {
    Facts unseen = Facts.owner().drainingByForce("b").peer("a", 10, true, Liveness.UNKNOWN);
    assertThat(unseen.action()).isInstanceOf(Action.Wait.class);
    assertThat(withC(unseen).action()).isEqualTo(new Action.HandOver(null, "c", 30));
    Facts cordonedStandby = Facts.owner().drainingByForce("b").cordoned("a");
    assertAlarm(cordonedStandby, "stays", "cordoned");
    assertThat(withC(cordonedStandby).action()).isEqualTo(new Action.HandOver(null, "c", 30));
    assertThat(withC(alone()).draining("b").action()).isEqualTo(new Action.HandOver(null, "a", 10));
  }

  @Test
  void aDrainLeavesNoGuestUnprotectedUnlessForced() {
    assertAlarm(Facts.owner().draining("b"), "stays", "no third host", "host drain b --force");
    assertThat(Facts.owner().drainingByForce("b").action())
        .isEqualTo(new Action.HandOver(null, "a", 10));
    assertThat(alone().draining("b").action()).isEqualTo(new Action.Pair("a", 10));
    assertThat(alone().drainingByForce("b").action()).isEqualTo(new Action.HandOver(null, "a", 10));
    assertAlarm(Facts.owner().draining("a"), "protects it", "no other", "host drain a --force");
    assertThat(Facts.owner().drainingByForce("a").decide().why()).contains("unprotected");
  }

  @Test
  void aDrainedStandbyIsLetGoInItsTurn() {
    Facts drained = withC(Facts.owner()).draining("a");
    assertThat(drained.action()).isEqualTo(new Action.DropStandby("host a is drained", false));
    assertThat(drained.decide().why()).contains("pair with another");
    Decision later = drained.notItsTurn().decide();
    assertThat(later.action()).isInstanceOf(Action.Wait.class);
    assertThat(later.why()).contains("its turn");
  }

  @Test
  void whileHaIsPausedNoDrainGoesOn() {
    assertAlarm(Facts.owner().draining("b").paused(), "drain", "HA is paused");
    assertAlarm(withC(Facts.owner().draining("a")).paused(), "drain", "HA is paused");
  }

  @Test
  void whileHaIsPausedNobodyTakesOver() {
    Facts dead = Facts.standby().peer("a", 10, false, Liveness.DEAD).paused();
    assertAlarm(dead, "owner a stopped", "down", "HA is paused");
    assertAlarm(Facts.standby().state(PlacementState.FAILOVER).paused(), "died", "HA is paused");
    Facts crashed =
        Facts.owner().paused().local(new LocalRole.Owner(3, 7, true, false, "eof", CRASH));
    assertAlarm(crashed, "boom", "down", "HA is paused");
  }

  @Test
  void whileHaIsPausedARestartedOwnerDoesNotBootOverWhatItsStandbyHolds() {
    Facts facts = Facts.of().placement(Facts.paired("b", 19, "a", 10)).paused();
    assertAlarm(facts.orphanedFor(Duration.ofHours(1)), "standby a", "HA is paused");
    facts.peer("a", 10, false, Liveness.DEAD);
    assertAlarm(facts, "standby a", "HA is paused");
    assertThat(facts.unsynced().action()).isInstanceOf(Action.ColdStart.class);
  }

  @Test
  void whileHaIsPausedALostStandbyIsLetGoButNotReplaced() {
    Facts lost = withC(Facts.owner()).peer("a", 10, false, Liveness.DEAD).paused();
    assertThat(lost.action()).isInstanceOf(Action.DropStandby.class);
    assertAlarm(alone().paused(), "unprotected", "HA is paused");
  }

  @Test
  void whileHaIsPausedNoMoveIsBegunButAHostMayLeave() {
    Facts asked = Facts.owner().paused().operation(Facts.migrate("a"));
    assertThat(((Action.EndOperation) asked.action()).ended().detail()).contains("resume HA first");
    assertThat(Facts.owner().paused().leaving(Self.Leaving.GUESTS).action())
        .isInstanceOf(Action.HandOver.class);
    assertThat(Facts.standby().paused().moving("b", 20).action()).isInstanceOf(Action.Arrive.class);
  }

  private static GuestView view(Placement p) {
    GuestConfig config =
        ConfigFiles.guest("name: web\nmemory: 64MiB\nmachine: microvm\nkernel: /k\n", "test");
    return new GuestView(config, Desired.RUNNING, p, null);
  }

  private static DrainPlan.Step step(
      Placement p, HaPause pause, List<String> hosts, String... cordoned) {
    return step(false, p, pause, hosts, cordoned);
  }

  private static DrainPlan.Step step(
      boolean force, Placement p, HaPause pause, List<String> hosts, String... cordoned) {
    List<HostRecord> records =
        hosts.stream()
            .map(host -> new HostRecord(host, 1, "uuid", "none", 1, 0, 0, Hosts.TRAITS, List.of()))
            .toList();
    List<Cordon> cordons =
        List.of(cordoned).stream()
            .map(host -> new Cordon(host, host.equals("b"), 2, force, "me", null, Instant.EPOCH))
            .toList();
    List<DrainPlan.Step> steps =
        new DrainPlan("b", records, cordons, pause).steps(List.of(view(p)));
    return steps.isEmpty() ? null : steps.getFirst();
  }

  @Test
  void thePlanSaysForEachRoleWhatHoldsItBack() {
    List<String> three = List.of("a", "b", "c");
    Placement owns = Facts.paired("b", 20, "a", 10);
    Placement alone = owns.withoutStandby(null);
    HaPause pause = new HaPause(null, "me", "a test", Instant.EPOCH);

    assertThat(step(owns, null, three, "b").phase()).isEqualTo(DrainPlan.Phase.WAITING);
    assertThat(step(owns.withHandoff(new Handoff("c", 30, Facts.AREA)), null, three, "b").phase())
        .isEqualTo(DrainPlan.Phase.MOVING);
    assertThat(step(owns, pause, three, "b").reason())
        .contains("is paused", "nilctl resume", "by me: a test");
    assertThat(step(owns, null, List.of("a"), "b").reason()).contains("host b is not there");
    assertThat(step(owns, null, List.of("a", "b"), "a", "b").reason()).contains("uncordon one");
    assertThat(step(true, owns, null, three, "a", "b").reason()).contains("moves to another");
    assertThat(step(owns, null, three, "a", "b").reason())
        .contains("no third host", "host drain b --force");
    assertThat(step(alone, null, List.of("b"), "b").phase()).isEqualTo(DrainPlan.Phase.STUCK);
    assertThat(step(alone.withState(PlacementState.RUNNING, "no log"), null, three, "b").reason())
        .contains("moves to another", "no log");

    Placement standsBy = Facts.paired("a", 10, "b", 20);
    assertThat(step(standsBy, null, three, "b").reason()).contains("host a pairs");
    assertThat(step(true, standsBy, null, List.of("a", "b"), "b").reason()).contains("UNPROTECTED");
    assertThat(step(standsBy, null, List.of("a", "b"), "b").phase())
        .isEqualTo(DrainPlan.Phase.STUCK);
    assertThat(step(standsBy, null, List.of("b", "c"), "b").phase())
        .isEqualTo(DrainPlan.Phase.STUCK);
    assertThat(step(Facts.paired("a", 10, "c", 30), null, three, "b")).isNull();
    assertThat(step(owns.ended(PlacementState.STOPPED, ""), null, three, "b")).isNull();
  }
}
