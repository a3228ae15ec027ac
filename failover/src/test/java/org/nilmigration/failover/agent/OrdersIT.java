package org.nilmigration.failover.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.nilmigration.config.ConfigFiles;
import org.nilmigration.config.OnStop;
import org.nilmigration.failover.cluster.Cordon;
import org.nilmigration.failover.cluster.GuestView;
import org.nilmigration.failover.cluster.Operation;
import org.nilmigration.failover.cluster.OperationState;
import org.nilmigration.failover.cluster.Order;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;

/** Cordon, drain and pause on three hosts that are real processes; guests are stand-ins. */
class OrdersIT extends AgentHosts {
  private static final Order ANN = new Order("ann", null);
  private static final List<String> GUESTS = List.of("g1", "g2", "g3");

  @Test
  void severalGuestsAndStandbysLeaveADrainedHostThatComesBackEmpty() {
    start("a", "b", "c");
    apply("a", GUESTS);
    awaitAll(Placement::isProtected);
    Operation drain = cluster.maintenance().drain("a", 1, false, ANN);
    awaitEnd(drain, OperationState.DONE);
    awaitAll(p -> p.isProtected() && !p.uses("a"));
    assertThat(placements()).extracting(Placement::generation).containsOnly(2L);
    assertThat(cluster.history(null, 1_000).stream().filter(r -> r.kind().equals("SWITCHOVER")))
        .hasSize(3)
        .allMatch(r -> r.cause().equals("host a is drained"));

    hosts.remove("a").kill();
    hosts.remove("c").kill();
    start("a");
    awaitAll(p -> p.owner().equals("b"));
    await()
        .during(Duration.ofSeconds(2))
        .atMost(PATIENCE)
        .until(() -> placements().stream().noneMatch(p -> p.uses("a")));
    cluster.maintenance().uncordon("a", ANN);
    awaitAll(p -> p.isProtected() && "a".equals(p.standby()));
  }

  @Test
  void aDrainGoesOnWhenOneOfItsTargetsDies() {
    start("a", "b", "c");
    apply("a", GUESTS);
    awaitAll(Placement::isProtected);
    Operation drain = cluster.maintenance().drain("a", 2, true, ANN);
    hosts.remove("b").kill();
    awaitEnd(drain, OperationState.DONE);
    awaitAll(p -> p.owner().equals("c"));
  }

  @Test
  void aPauseHoldsATakeoverBackUntilItEnds() {
    start("a", "b");
    apply("a", List.of("g1"));
    awaitAll(Placement::isProtected);
    cluster.pauses().pause(null, ANN);
    await().pollDelay(Duration.ofMillis(500)).until(() -> true);
    hosts.remove("a").kill();
    await()
        .during(Duration.ofSeconds(3))
        .atMost(PATIENCE)
        .until(() -> placements().stream().allMatch(p -> p.owner().equals("a") && p.isProtected()));
    cluster.pauses().resume(null, ANN);
    awaitAll(p -> p.owner().equals("b") && p.generation() == 2);
  }

  @Test
  void aHostThatDrainsOnStopWaitsForAStandbyAndComesBackEmpty() {
    onStop = OnStop.DRAIN;
    start("a", "b", "c");
    apply("a", List.of("g1"));
    awaitAll(Placement::isProtected);
    hosts.remove("b").kill();
    HostProcess leaving = hosts.remove("a");
    leaving.tell("leave");
    assertThat(leaving.exitCode()).isZero();
    assertThat(placements())
        .allMatch(p -> p.owner().equals("c") && p.state() == PlacementState.RUNNING);
    assertThat(placements()).extracting(Placement::generation).containsExactly(2L);
    assertThat(cluster.maintenance().cordons())
        .extracting(Cordon::host, Cordon::draining, Cordon::by)
        .containsExactly(tuple("a", false, "nild on host a"));
    start("a");
    await()
        .during(Duration.ofSeconds(2))
        .atMost(PATIENCE)
        .until(() -> placements().stream().noneMatch(p -> p.uses("a")));
  }

  private void apply(String host, List<String> names) {
    for (String name : names) {
      cluster.apply(
          ConfigFiles.guest(
              "name: %s\nmemory: 64MiB\nmachine: microvm\nkernel: /proc/version\nhost: %s\n"
                  .formatted(name, host),
              "test"));
    }
    await()
        .atMost(PATIENCE)
        .until(() ->
            placements().size() == names.size()
                && placements().stream().allMatch(p -> p.owner().equals(host)));
  }

  private List<Placement> placements() {
    return cluster.guests().stream().map(GuestView::placement).filter(p -> p != null).toList();
  }

  private void awaitAll(Predicate<Placement> expected) {
    await().atMost(PATIENCE).until(() -> placements().stream().allMatch(expected));
  }

  private void awaitEnd(Operation operation, OperationState state) {
    assertThat(ended(operation).state()).isEqualTo(state);
  }
}
