package org.nilmigration.failover.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nilmigration.checkpoint.handoff.HandoffArea;
import org.nilmigration.checkpoint.handoff.HandoffSource;
import org.nilmigration.checkpoint.handoff.HandoffTarget;
import org.nilmigration.checkpoint.region.FileInfo;
import org.nilmigration.checkpoint.region.GuestRegion;
import org.nilmigration.config.ConfigFiles;
import org.nilmigration.failover.cluster.GuestView;
import org.nilmigration.failover.cluster.Operation;
import org.nilmigration.failover.cluster.Order;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;

/**
 * Moves to the standby, to a third host and without any standby; each party killed at each word.
 */
class HandoffIT extends AgentHosts {

  @Test
  void aGuestMovesToItsStandbyAndBackOverTheSameImage() {
    protectedOn("a", "b");
    Mark before = mark();
    final Placement here = placement();
    migrate("b");
    Placement there = awaitPlacement(p -> p.owner().equals("b"));
    assertThat(there.standby()).isEqualTo("a");
    assertSameImages(there, here);
    assertRunsOn(before);
    migrate("a");
    Placement back = awaitPlacement(p -> p.owner().equals("a"));
    assertThat(back.generation()).isEqualTo(3);
    assertSameImages(back, here);
    assertRunsOn(before);
    assertThat(history("SWITCHOVER")).hasSize(2);
    assertThat(history("SWITCHOVER").getFirst().timingsMillis()).containsKeys("blackout", "load");
    assertNoResync();
    assertOnlyNamedFiles();

    hosts.remove("a").kill();
    awaitPlacement(p -> p.owner().equals("b") && p.generation() == 4);
    assertRunsOn(before);
  }

  @Test
  void aGuestMovesToAThirdHostWhileItsStandbyStaysSynced() {
    protectedOn("a", "b");
    start("c");
    Mark before = mark();
    final Placement here = placement();
    migrate("c");
    Placement there = awaitPlacement(p -> p.owner().equals("c"));
    assertThat(there.standby()).isEqualTo("b");
    assertSameImages(there, here);
    assertRunsOn(before);
    migrate("a");
    awaitPlacement(p -> p.owner().equals("a") && p.isProtected() && "b".equals(p.standby()));
    assertNoResync();
    assertOnlyNamedFiles();

    hosts.remove("a").kill();
    awaitPlacement(p -> p.owner().equals("b") && p.generation() == 4);
    assertRunsOn(before);
  }

  @Test
  void anUnprotectedGuestMovesToo() {
    start("a");
    cluster.apply(guest(null));
    awaitPlacement(p -> p.state() == PlacementState.RUNNING);
    cluster.pauses().pause(null, new Order("ann", null));
    start("b");
    Mark before = mark();
    final Placement here = placement();
    hosts.get("a").tell("leave");
    Placement there = awaitPlacement(p -> p.owner().equals("b"));
    assertThat(there.standby()).isNull();
    assertThat(there.liveImage()).isEqualTo(here.liveImage());
    assertRunsOn(before);
    cluster.pauses().resume(null, new Order("ann", null));
    start("c");
    awaitPlacement(Placement::isProtected);
    assertRunsOn(before);
  }

  @ParameterizedTest(name = "source dies at {1} of a move to {0}: runs on {2}")
  @CsvSource({"b, READY, b", "c, READY, b", "b, RELEASED, b", "c, RELEASED, c"})
  void aSourceThatDiesLeavesOneGuest(String to, HandoffSource word, String heir) {
    protectedOn("a", "b", StandInGuest.SLOW_LOAD);
    start("c");
    Mark before = mark();
    whenMoving(
        to, area -> area.sourceAcquire().compareTo(word) >= 0, () -> hosts.remove("a").kill());
    awaitPlacement(p -> p.owner().equals(heir) && p.generation() == 2);
    awaitPlacement(p -> p.isProtected() && !p.uses("a"));
    assertRunsOn(before);
  }

  /**
   * Between its words and its death anything may have happened: one guest goes on, nothing is lost.
   */
  @ParameterizedTest(name = "target {0} dies at {1}")
  @CsvSource({"b, LOADED", "c, LOADED", "b, RUNNING", "c, RUNNING"})
  void aTargetThatDiesLeavesOneGuest(String to, HandoffTarget word) {
    protectedOn("a", "b", StandInGuest.SLOW_RUN);
    start("c");
    Mark before = mark();
    whenMoving(
        to, area -> area.targetAcquire().compareTo(word) >= 0, () -> hosts.remove(to).kill());
    awaitPlacement(p -> p.isProtected() && p.state() == PlacementState.RUNNING && !p.uses(to));
    assertThat(placement().generation()).isBetween(1L, 3L);
    assertRunsOn(before);
  }

  @Test
  void aTargetThatDiesBeforeTheStateIsInLosesNothing() {
    protectedOn("a", "b", StandInGuest.SLOW_LOAD);
    start("c");
    Mark before = mark();
    whenMoving("c", a -> a.sourceAcquire() == HandoffSource.READY, () -> hosts.remove("c").kill());
    Placement after = awaitPlacement(p -> p.state() == PlacementState.RUNNING);
    assertThat(after.owner()).isEqualTo("a");
    assertThat(after.generation()).isEqualTo(1);
    assertThat(after.isProtected()).isTrue();
    assertRunsOn(before);
  }

  @Test
  void aMoveNeedsNoZooKeeperBetweenIntentAndOutcome() throws Exception {
    protectedOn("a", "b", StandInGuest.SLOW_LOAD);
    start("c");
    final Mark before = mark();
    final Placement here = placement();
    whenMoving(
        "c",
        area -> area.sourceAcquire() == HandoffSource.READY,
        () -> {
          stopZooKeeper();
          long counted = counter(here);
          await().atMost(PATIENCE).until(() -> counter(here) > counted + 1_000);
        });
    server.restart();
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(() -> placement().owner().equals("c") && placement().isProtected());
    assertThat(placement().generation()).isEqualTo(2);
    assertRunsOn(before);
  }

  @Test
  void theStandbysOfManyGuestsSpreadOverTheHosts() {
    start("a");
    start("b");
    start("c");
    for (int i = 1; i <= 8; i++) {
      cluster.apply(
          ConfigFiles.guest(
              "name: g%d\nmemory: 64MiB\nmachine: microvm\nkernel: /proc/version\nhost: a\n"
                  .formatted(i),
              "test"));
    }
    await()
        .atMost(PATIENCE)
        .until(() -> placements().stream().filter(Placement::isProtected).count() == 8);
    Map<String, Long> standbys = new TreeMap<>();
    placements().forEach(p -> standbys.merge(p.standby(), 1L, Long::sum));
    assertThat(standbys).isEqualTo(Map.of("b", 4L, "c", 4L));
  }

  private List<Placement> placements() {
    return cluster.guests().stream().map(GuestView::placement).filter(p -> p != null).toList();
  }

  private void stopZooKeeper() {
    try {
      server.stop();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void whenMoving(String to, Predicate<HandoffArea> reached, Runnable act) {
    whenMoving(
        () -> cluster.operations().submit(Operation.migrate(GUEST, to, false, Duration.ZERO)),
        reached,
        act);
  }

  private static void assertSameImages(Placement now, Placement before) {
    assertThat(now.liveImage()).isEqualTo(before.liveImage());
    assertThat(now.shadowImage()).isEqualTo(before.shadowImage());
    assertThat(now.isProtected()).isTrue();
  }

  private void assertNoResync() {
    assertThat(history("PAIRED")).hasSize(1);
    assertThat(history("UNPAIRED")).isEmpty();
  }

  /** Live image, shadow and log: areas and logs of the moves before are gone. */
  private void assertOnlyNamedFiles() {
    Placement p = placement();
    try (GuestRegion guest = region.guest(GUEST).orElseThrow()) {
      assertThat(guest.files().stream().map(FileInfo::name))
          .containsExactlyInAnyOrder(p.liveImage(), p.shadowImage(), p.log());
    }
  }
}
