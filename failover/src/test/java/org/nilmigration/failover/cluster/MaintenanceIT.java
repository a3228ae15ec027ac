package org.nilmigration.failover.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.apache.curator.test.TestingServer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/** Orders of people in a real ZooKeeper: what is kept, recorded and refused. */
class MaintenanceIT {
  private TestingServer server;
  private Cluster cluster;
  private Maintenance maintenance;

  @BeforeEach
  void open() throws Exception {
    server = new TestingServer();
    cluster = Cluster.connect(server.getConnectString(), Duration.ofSeconds(2), "test");
    maintenance = cluster.maintenance();
    register("a");
    register("b");
  }

  private void register(String host) {
    cluster.register(new HostRecord(host, 1, "uuid", "none", 1, 0));
  }

  @AfterEach
  void close() throws Exception {
    cluster.close();
    server.close();
  }

  private static void assertRefused(ThrowingCallable call, FaultKind kind, String... says) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            FaultException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(kind);
              assertThat(e.getMessage()).contains(says);
            });
  }

  @Test
  void aCordonOutlivesItsHostAndIsRecordedOnce() {
    maintenance.cordon("a", "ann");
    maintenance.cordon("a", "bob");
    cluster.deregister("a", 1);
    assertThat(maintenance.cordons()).extracting(Cordon::by).containsExactly("ann");
    maintenance.uncordon("a", "bob");
    register("a");
    maintenance.uncordon("a", "bob");
    assertThat(maintenance.cordons()).isEmpty();
    assertThat(cluster.history(null, 10))
        .extracting(HistoryRecord::cause)
        .containsExactly("host a is uncordoned, by bob", "host a is cordoned, by ann");
    assertRefused(() -> maintenance.cordon("x", "ann"), FaultKind.NO_SUCH, "host x", "a, b");
  }

  @Test
  void aDrainGoesOnIsCancelledAndEnds() {
    Operation first = maintenance.drain("a", 2, "ann");
    assertThat(first.state()).isEqualTo(OperationState.RUNNING);
    assertThat(maintenance.drain("a", 3, "bob").id()).isEqualTo(first.id());
    assertThat(maintenance.cordons()).extracting(Cordon::parallel).containsExactly(3);
    assertThat(maintenance.cancel(first.id(), "bob").state()).isEqualTo(OperationState.CANCELLED);
    assertThat(maintenance.cordons()).extracting(Cordon::draining).containsExactly(false);
    assertRefused(() -> maintenance.cancel(first.id(), "bob"), FaultKind.USAGE, "CANCELLED");
    assertRefused(() -> maintenance.cancel("op-x", "bob"), FaultKind.NO_SUCH, "op-x");

    Operation second = maintenance.drain("a", 2, "ann");
    assertThat(second.id()).isNotEqualTo(first.id());
    maintenance.drained("a");
    assertThat(cluster.operation(second.id()).orElseThrow().state()).isEqualTo(OperationState.DONE);
    assertThat(maintenance.cordons()).extracting(Cordon::draining).containsExactly(false);
    assertThat(cluster.history(null, 1).getFirst().kind()).isEqualTo("DRAINED");
  }

  @Test
  void aDrainThatCannotBeIsRefusedWithARemedy() {
    assertRefused(() -> maintenance.drain("x", 2, "ann"), FaultKind.NO_SUCH, "host x");
    assertRefused(() -> maintenance.drain("a", 0, "ann"), FaultKind.USAGE, "1 to");
    maintenance.pause(null, "ann");
    assertRefused(
        () -> maintenance.drain("a", 2, "ann"), FaultKind.UNAVAILABLE, "paused", "nilctl resume");
    maintenance.resume(null, "ann");
    maintenance.cordon("b", "ann");
    assertRefused(
        () -> maintenance.drain("a", 2, "ann"), FaultKind.UNAVAILABLE, "no other host", "uncordon");
    assertThat(cluster.operations()).isEmpty();
  }

  @Test
  void aPauseIsOneGuestsOrEverybodys() {
    cluster.apply(ClusterIT.guest("web", 64, null));
    maintenance.pause("web", "ann");
    maintenance.pause("web", "bob");
    assertThat(maintenance.pause(null)).isEmpty();
    assertThat(cluster.guest("web").orElseThrow().pause().by()).isEqualTo("ann");
    maintenance.resume("web", "ann");
    assertThat(cluster.guest("web").orElseThrow().pause()).isNull();
    maintenance.pause(null, "ann");
    assertThat(maintenance.pause(null).orElseThrow().sentence()).contains("ann", "nilctl resume");
    assertRefused(() -> maintenance.pause("x", "ann"), FaultKind.NO_SUCH, "guest x");
    assertThat(cluster.history("web", 10))
        .extracting(HistoryRecord::kind)
        .containsExactly("RESUMED", "PAUSED");
  }
}
