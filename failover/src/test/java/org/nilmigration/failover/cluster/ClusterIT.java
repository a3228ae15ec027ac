package org.nilmigration.failover.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.curator.test.InstanceSpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nilmigration.config.ByteSize;
import org.nilmigration.config.EmbeddedZooKeeper;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.MachineType;
import org.nilmigration.config.NetworkConfig;
import org.nilmigration.config.NicConfig;
import org.nilmigration.config.OutputMode;
import org.nilmigration.failover.election.GuestLatch;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;
import org.nilmigration.failover.placement.PlacementStore;
import org.nilmigration.failover.placement.Versioned;

/** The facade, its watch and the election against the embedded ZooKeeper server. */
class ClusterIT {
  private static final Order ME = new Order("me", null);
  private static final Duration SESSION = Duration.ofSeconds(2);

  @TempDir Path directory;
  private EmbeddedZooKeeper config;
  private EmbeddedZooKeeperServer server;
  private Cluster cluster;

  @BeforeEach
  void open() {
    config = new EmbeddedZooKeeper(InstanceSpec.getRandomPort(), directory.resolve("zookeeper"));
    server = EmbeddedZooKeeperServer.start(config, SESSION);
    cluster = Cluster.connect(server.connectString(), SESSION, "test");
  }

  @AfterEach
  void close() {
    cluster.close();
    server.close();
  }

  @Test
  void aHostThatRegisteredAnewWhileZooKeeperWasAwayIsSeen() {
    HostRecord old = Hosts.host("b");
    HostRecord anew =
        new HostRecord(
            "b", old.incarnation() + 1, "region", "none", 1, 0, 0, Hosts.TRAITS, List.of());
    EmbeddedZooKeeper elsewhere =
        new EmbeddedZooKeeper(InstanceSpec.getRandomPort(), config.dataDir());
    String both = server.connectString() + ",127.0.0.1:" + elsewhere.port();
    try (Cluster other = Cluster.connect(both, SESSION, "test");
        ClusterWatch watch = ClusterWatch.start(cluster, () -> {})) {
      assertThat(other.register(old)).isEmpty();
      await().until(() -> watch.host("b").isPresent());

      server.close();
      server = EmbeddedZooKeeperServer.start(elsewhere, SESSION); // where the watch does not look
      await()
          .ignoreExceptions()
          .until(() -> {
            other.deregister("b", old.incarnation());
            return other.register(anew).isEmpty();
          });
      server.close();
      server = EmbeddedZooKeeperServer.start(config, SESSION);

      await().until(() -> watch.host("b").filter(anew::equals).isPresent());
    }
  }

  static GuestConfig guest(String name, long mebibytes, String host) {
    return new GuestConfig(
        name,
        new ByteSize(mebibytes << 20),
        1,
        MachineType.MICROVM,
        null,
        Path.of("/boot/vmlinuz"),
        null,
        "console=ttyS0",
        null,
        NetworkConfig.NONE,
        List.of(),
        host);
  }

  @Test
  void guestsAreAppliedWantedAndForgotten() {
    cluster.apply(guest("web", 64, null));
    assertThat(cluster.guest("web"))
        .contains(new GuestView(guest("web", 64, null), Desired.RUNNING, null, null));
    cluster.desire("web", Desired.STOPPED);
    assertThat(cluster.guests()).extracting(GuestView::desired).containsExactly(Desired.STOPPED);
    cluster.forget("web");
    assertThat(cluster.guests()).isEmpty();
    assertThatThrownBy(() -> cluster.desire("web", Desired.RUNNING))
        .isInstanceOf(FaultException.class)
        .extracting(e -> ((FaultException) e).kind())
        .isEqualTo(FaultKind.NO_SUCH);
  }

  @Test
  void aRunningGuestChangesOnlyItsPreferredHost() {
    cluster.apply(guest("web", 64, null));
    place("web");
    cluster.apply(guest("web", 64, "b"));
    assertThat(cluster.guest("web").orElseThrow().config().host()).isEqualTo("b");
    assertThatThrownBy(() -> cluster.apply(guest("web", 128, "b")))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("guest web")
        .hasMessageContaining("stop it");
  }

  private static GuestConfig guest(String name, OutputMode output, NicConfig... nics) {
    GuestConfig g = guest(name, 64, null);
    return new GuestConfig(
        g.name(),
        g.memory(),
        g.vcpus(),
        g.machine(),
        g.cpu(),
        g.kernel(),
        g.initrd(),
        g.append(),
        g.disk(),
        new NetworkConfig(List.of(nics), output),
        g.qemuArgs(),
        g.host());
  }

  private static NicConfig nic(String tap, int address) {
    return new NicConfig("br0", tap, "52:54:00:00:00:%02x".formatted(address));
  }

  @Test
  void aTapDeviceOrAnAddressOfAnotherGuestIsRefused() {
    GuestConfig web = guest("web", OutputMode.COMMIT, nic("web0", 1), nic("web1", 2));
    cluster.apply(web);
    cluster.apply(web);
    cluster.desire("web", Desired.STOPPED);
    assertThatThrownBy(
            () -> cluster.apply(guest("db", OutputMode.COMMIT, nic("web1", 3), nic("db1", 1))))
        .isInstanceOf(FaultException.class)
        .hasMessage(
            "guest db: key 'nics[0].tap': found web1, which guest web has, expected a TAP device"
                + " that no other guest of the cluster has; give one of the two another, or remove"
                + " guest web\n"
                + "guest db: key 'nics[1].mac': found 52:54:00:00:00:01, which guest web has,"
                + " expected a MAC address that no other guest of the cluster has; give one of the"
                + " two another, or remove guest web")
        .extracting(e -> ((FaultException) e).kind())
        .isEqualTo(FaultKind.CONFIG);
    assertThat(cluster.guests()).extracting(GuestView::name).containsExactly("web");

    GuestConfig db = guest("db", OutputMode.COMMIT, nic("db0", 3));
    cluster.apply(db);
    GuestConfig clashing = guest("db", OutputMode.COMMIT, nic("web0", 3));
    assertThatThrownBy(() -> cluster.apply(clashing)).isInstanceOf(FaultException.class);
    assertThat(cluster.guest("db").orElseThrow().config()).isEqualTo(db);
    cluster.forget("web");
    cluster.apply(clashing);
  }

  @Test
  void ofGuestsAppliedAtOnceWithOneAddressOneIsThere() throws InterruptedException {
    AtomicInteger applied = new AtomicInteger();
    Queue<FaultKind> refused = new ConcurrentLinkedQueue<>();
    List<Thread> people = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      GuestConfig guest = guest("g" + i, OutputMode.COMMIT, nic("tap" + i, 7));
      people.add(
          Thread.ofVirtual()
              .start(() -> {
                try {
                  cluster.apply(guest);
                  applied.incrementAndGet();
                } catch (FaultException e) {
                  refused.add(e.kind());
                }
              }));
    }
    for (Thread person : people) {
      person.join();
    }
    assertThat(applied).hasValue(1);
    assertThat(refused).hasSize(7).containsOnly(FaultKind.CONFIG);
    assertThat(cluster.guests()).hasSize(1);
  }

  @Test
  void immediateOutputIsForcedOnceAndTheHistorySaysSo() {
    GuestConfig unsafe = guest("web", OutputMode.IMMEDIATE, nic("web0", 1));
    assertUnsafe(unsafe);
    assertThat(cluster.guests()).isEmpty();

    cluster.apply(unsafe, true);
    cluster.apply(unsafe);
    assertThat(cluster.guest("web").orElseThrow().config()).isEqualTo(unsafe);
    assertThat(cluster.history("web", 10))
        .singleElement()
        .satisfies(record -> {
          assertThat(record.kind()).isEqualTo("FORCED");
          assertThat(record.cause()).contains("output: immediate", "--force");
        });

    assertUnsafe(guest("web", OutputMode.IMMEDIATE, nic("web0", 1), nic("web1", 2)));
    cluster.apply(guest("web", OutputMode.COMMIT, nic("web0", 1)), true);
    assertUnsafe(unsafe);
    assertThat(cluster.history("web", 10)).hasSize(1);
  }

  private void assertUnsafe(GuestConfig guest) {
    assertThatThrownBy(() -> cluster.apply(guest))
        .isInstanceOf(FaultException.class)
        .hasMessage(
            "guest web: key 'output': found immediate without a fence agent, expected commit, for a"
                + " takeover undoes what others have already seen of the guest; write output:"
                + " commit, or accept that with --force (REST: ?force=true)")
        .extracting(e -> ((FaultException) e).kind())
        .isEqualTo(FaultKind.UNSAFE);
  }

  @Test
  void aFailedGuestIsForgivenByANewStart() {
    cluster.apply(guest("web", 64, null));
    Versioned<Placement> placed = place("web");
    Placement failed = placed.value().ended(PlacementState.FAILED, "no kernel");
    assertThat(
            cluster
                .placements()
                .update("web", placed.version(), failed, PlacementStore.With.NOTHING))
        .isPresent();
    cluster.desire("web", Desired.RUNNING);
    assertThat(cluster.guest("web").orElseThrow().placement().state())
        .isEqualTo(PlacementState.STOPPED);
  }

  @Test
  void operationsAreSubmittedReportedAndRead() {
    Operations operations = cluster.operations();
    Operation asked = Operation.memory(OperationType.DECOUPLE, "web", Duration.ofSeconds(60));
    assertThatThrownBy(() -> operations.submit(asked)).isInstanceOf(FaultException.class);
    cluster.apply(guest("web", 64, null));
    place("web");
    Operation operation = operations.submit(asked);
    assertThat(operations.find(operation.id())).contains(operation);
    Operation done = operation.done("moved", Map.of("move", 2.5));
    operations.report(done);
    assertThat(operations.list()).containsExactly(done);
    assertThatThrownBy(() -> operations.cancel(operation.id(), ME))
        .hasMessageContaining("nothing to cancel");
  }

  @Test
  void aMoveIsRefusedAtOnceByWhatAllHostsKnow() {
    cluster.apply(guest("web", 64, null));
    place("web");
    Operation asked = Operation.migrate("web", "b", false, Duration.ZERO);
    assertThatThrownBy(() -> cluster.operations().submit(asked))
        .hasMessageContaining("found no host of that name registered");
    assertThat(cluster.operations().list()).isEmpty();
  }

  @Test
  void anOperationIsCalledOffByPeopleOrByItsTimeout() {
    cluster.apply(guest("web", 64, null));
    place("web");
    Operations operations = cluster.operations();
    Operation operation =
        operations.submit(Operation.memory(OperationType.DECOUPLE, "web", Duration.ofSeconds(60)));
    try (ClusterWatch watch = ClusterWatch.start(cluster, () -> {})) {
      await().until(() -> watch.openOperation("web").isPresent());
      long now = System.nanoTime();
      assertThat(watch.calledOff(operation, now)).isEmpty();
      CallOff late = watch.calledOff(operation, now + 61_000_000_000L).orElseThrow();
      assertThat(late.fault()).isEqualTo(FaultKind.TIMEOUT);
      operations.cancel(operation.id(), ME);
      operations.cancel(operation.id(), new Order("somebody else", null));
      await().until(() -> watch.calledOff(operation, now).isPresent());
      CallOff cancelled = watch.calledOff(operation, now).orElseThrow();
      assertThat(cancelled.why()).contains("by me");
      assertThat(cancelled.end(operation, "stays").state()).isEqualTo(OperationState.CANCELLED);
    }
  }

  @Test
  void historyIsNewestFirst() {
    cluster.record(HistoryRecord.of(HistoryKind.START, "web", null, "a", 1, "first"));
    cluster.record(HistoryRecord.of(HistoryKind.STOP, "db", null, "a", 1, "other"));
    cluster.record(HistoryRecord.of(HistoryKind.STOP, "web", "a", null, 1, "second"));
    assertThat(cluster.history("web", 10))
        .extracting(HistoryRecord::cause)
        .containsExactly("second", "first");
    assertThat(cluster.history(null, 2))
        .extracting(HistoryRecord::cause)
        .containsExactly("second", "other");
  }

  @Test
  void aHostNameIsHeldByOneSession() {
    HostRecord first =
        new HostRecord("a", 10, "region", "http://127.0.0.1:1", 1, 0, 0, Hosts.TRAITS, List.of());
    HostRecord second =
        new HostRecord("a", 11, "region", "http://127.0.0.1:2", 2, 0, 0, Hosts.TRAITS, List.of());
    assertThat(cluster.register(first)).isEmpty();
    assertThat(cluster.register(first)).isEmpty();
    assertThat(cluster.register(second)).contains(first);
    cluster.deregister("a", 11);
    assertThat(cluster.hosts()).containsExactly(first);
    cluster.deregister("a", 10);
    assertThat(cluster.register(second)).isEmpty();
  }

  @Test
  void theWatchFollowsAndNeverGoesBack() {
    cluster.apply(guest("web", 64, null));
    try (ClusterWatch watch = ClusterWatch.start(cluster, () -> {})) {
      await().until(watch::ready);
      assertThat(watch.guests()).containsOnlyKeys("web");
      Versioned<Placement> first = place("web");
      await().until(() -> watch.placement("web").isPresent());
      Versioned<Placement> newer =
          new Versioned<>(first.value(), first.version() + 1, first.mzxid() + 1);
      watch.observed("web", newer);
      watch.observed("web", first);
      assertThat(watch.placement("web")).contains(newer);
      assertThat(
              cluster.register(
                  new HostRecord("a", 10, "region", "", 1, 0, 0, Hosts.TRAITS, List.of())))
          .isEmpty();
      await().until(() -> watch.host("a").isPresent());
      Operation operation =
          cluster
              .operations()
              .submit(Operation.memory(OperationType.DECOUPLE, "web", Duration.ZERO));
      await().until(() -> watch.openOperation("web").isPresent());
      watch.observed(operation.failed("no", 1));
      watch.observed(operation);
      assertThat(watch.openOperation("web")).isEmpty();
      cluster.forget("web");
      await().until(() -> watch.guests().isEmpty() && watch.placement("web").isEmpty());
    }
  }

  @Test
  void theNextInLineLeadsWhenTheLatchNodeOfTheLeaderIsRemoved() {
    cluster.apply(guest("web", 64, null));
    Versioned<Placement> placed = place("web");
    try (ClusterWatch watch = ClusterWatch.start(cluster, () -> {});
        GuestLatch a = GuestLatch.join(cluster.curator(), "web", "a", () -> {})) {
      await().until(a::leads);
      try (GuestLatch b = GuestLatch.join(cluster.curator(), "web", "b", () -> {})) {
        await().until(() -> watch.latchNode("web", "b").isPresent());
        assertThat(b.leads()).isFalse();
        Placement next =
            placed.value().pairedWith("b", 20, "s.img", "e.log").withSynced().takenOver();
        String node = watch.latchNode("web", "a").orElseThrow();
        assertThat(
                cluster
                    .placements()
                    .update("web", placed.version(), next, new PlacementStore.With(null, node)))
            .isPresent();
        await().until(b::leads);
      }
    }
  }

  @Test
  void theEmbeddedServerKeepsItsDataOverARestart() {
    cluster.apply(guest("web", 64, null));
    try (ClusterWatch watch = ClusterWatch.start(cluster, () -> {})) {
      await().until(() -> watch.ready() && watch.connected());
      server.close();
      await().until(() -> !watch.connected());
      assertThatThrownBy(() -> cluster.guests())
          .isInstanceOf(FaultException.class)
          .extracting(e -> ((FaultException) e).kind())
          .isEqualTo(FaultKind.NO_QUORUM);
      server = EmbeddedZooKeeperServer.start(config, SESSION);
      await().until(watch::connected);
      assertThat(cluster.guests()).extracting(GuestView::name).containsExactly("web");
      place("web");
      await().until(() -> watch.placement("web").isPresent());
    }
  }

  @Test
  void anOccupiedPortIsASentence() {
    EmbeddedZooKeeper same = new EmbeddedZooKeeper(config.port(), directory.resolve("second"));
    assertThatThrownBy(() -> EmbeddedZooKeeperServer.start(same, SESSION))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("127.0.0.1:" + config.port());
  }

  private Versioned<Placement> place(String guest) {
    Placement first =
        Placement.starting("a", 10, 1, "live.img").withState(PlacementState.RUNNING, null);
    return cluster
        .placements()
        .create(guest, first, PlacementStore.With.NOTHING)
        .orElseThrow()
        .placement();
  }
}
