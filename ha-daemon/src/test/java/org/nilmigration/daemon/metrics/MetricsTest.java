package org.nilmigration.daemon.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.nilmigration.daemon.rest.FakeCluster;
import org.nilmigration.failover.agent.HostStatus;
import org.nilmigration.failover.cluster.Order;
import org.nilmigration.failover.placement.PlacementState;

class MetricsTest {
  private final Metrics metrics = new Metrics();

  private static HostStatus host(String... guests) {
    FakeCluster cluster = new FakeCluster();
    for (String guest : guests) {
      cluster.add(guest, PlacementState.RUNNING);
    }
    return cluster.status();
  }

  @Test
  void figuresOfGuestsAndPeersAreInBaseUnits() {
    assertThat(metrics.prometheusText(host("db", "web")).lines())
        .contains(
            "nil_migration_epoch_number{vm=\"db\"} 70.0",
            "nil_migration_epoch_number{vm=\"web\"} 70.0",
            "nil_migration_epoch_pause_seconds{quantile=\"0.99\",vm=\"web\"} 0.00425",
            "nil_migration_epochs_total{vm=\"web\"} 68.0",
            "nil_migration_copied_bytes_total{vm=\"web\"} 4096.0",
            "nil_migration_write_faults_total{vm=\"web\"} 1.0",
            "nil_migration_epoch_lag{vm=\"web\"} 1.0",
            "nil_failover_guest_protected{role=\"OWNER\",vm=\"web\"} 1.0",
            "nil_heartbeat_peer_alive{peer=\"b\"} 1.0",
            "nil_heartbeat_peer_age_seconds{peer=\"b\"} 0.003",
            "nil_heartbeat_peer_threshold_seconds{peer=\"b\"} 0.15",
            "nil_failover_zookeeper_connected 1.0");
  }

  @Test
  void outputThatIsHeldAndOutputThatIsUnsafeAreSeen() {
    FakeCluster cluster = new FakeCluster();
    cluster.addSending("db", "immediate");
    cluster.addSending("web", "commit");
    assertThat(metrics.prometheusText(cluster.status()).lines())
        .contains(
            "nil_failover_guest_output_immediate{vm=\"db\"} 1.0",
            "nil_failover_guest_output_immediate{vm=\"web\"} 0.0",
            "nil_failover_guest_output_held{vm=\"db\"} 0.0",
            "nil_failover_guest_output_held{vm=\"web\"} 1.0",
            "nil_migration_output_releases_total{vm=\"web\"} 66.0",
            "nil_migration_output_epochs_total{vm=\"web\"} 12.0");
  }

  @Test
  void ordersOfPeopleAreSeen() {
    FakeCluster cluster = new FakeCluster();
    cluster.add("web", PlacementState.RUNNING);
    assertThat(metrics.prometheusText(cluster.status()).lines())
        .contains(
            "nil_failover_host_cordoned 0.0",
            "nil_failover_host_draining 0.0",
            "nil_failover_guest_paused{vm=\"web\"} 0.0");
    Order order = new Order("ann", null);
    var unused = cluster.drain("a", 2, false, order);
    var paused = cluster.pause("web", order);
    assertThat(paused.vm()).isEqualTo("web");
    assertThat(metrics.prometheusText(cluster.status()).lines())
        .contains(
            "nil_failover_host_cordoned 1.0",
            "nil_failover_host_draining 1.0",
            "nil_failover_guest_paused{vm=\"web\"} 1.0");
  }

  @Test
  void requestsAreCountedByOutcome() {
    metrics.answered(200, 1_000_000);
    metrics.answered(202, 3_000_000);
    metrics.answered(404, 2_000_000);
    assertThat(metrics.prometheusText(host()).lines())
        .contains(
            "nil_daemon_answers_2xx_total 2.0",
            "nil_daemon_answers_4xx_total 1.0",
            "nil_daemon_request_seconds_count 3");
  }

  @Test
  void aGuestThatIsGoneHasNoFigures() {
    assertThat(metrics.prometheusText(host("web"))).contains("vm=\"web\"");
    assertThat(metrics.prometheusText(host())).doesNotContain("vm=");
  }

  @Test
  void everyNameSaysItsModule() {
    List<String> names =
        metrics
            .prometheusText(host("web"))
            .lines()
            .filter(line -> line.startsWith("# TYPE"))
            .map(line -> line.split(" ", -1)[2])
            .collect(Collectors.toList());
    assertThat(names)
        .hasSizeGreaterThan(15)
        .allMatch(name -> name.matches("nil_(daemon|heartbeat|failover|migration)_[a-z0-9_]+"));
  }
}
