package org.nilmigration.failover.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.curator.test.TestingServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.region.GuestRegion;
import org.nilmigration.checkpoint.region.Region;
import org.nilmigration.checkpoint.region.RegionSpec;
import org.nilmigration.config.ByteSize;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.MachineType;
import org.nilmigration.config.NetworkConfig;
import org.nilmigration.failover.cluster.Cluster;
import org.nilmigration.failover.cluster.Desired;
import org.nilmigration.failover.cluster.HistoryRecord;
import org.nilmigration.failover.cluster.Operation;
import org.nilmigration.failover.cluster.OperationState;
import org.nilmigration.failover.cluster.OperationType;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;

/**
 * Whole hosts as processes, a real ZooKeeper, a real region, real epochs; only the guests are
 * stand-ins that count. Hosts are really killed and stopped.
 */
class HostAgentIT {
  private static final String GUEST = "web";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private Path directory;
  private TestingServer server;
  private Region region;
  private Cluster cluster;
  private final Map<String, HostProcess> hosts = new HashMap<>();
  private long incarnations = 1;

  @BeforeEach
  void open() throws Exception {
    Path shared = Path.of("/dev/shm");
    directory =
        Files.isDirectory(shared)
            ? Files.createTempDirectory(shared, "nilfo")
            : Files.createTempDirectory("nilfo");
    server = new TestingServer();
    region = Region.format(directory.resolve("region"), new RegionSpec(1L << 30));
    cluster = Cluster.connect(server.getConnectString(), Duration.ofSeconds(2), "test");
  }

  @AfterEach
  void close() throws Exception {
    hosts.values().forEach(HostProcess::close);
    cluster.close();
    region.close();
    server.close();
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(HostAgentIT::delete);
    }
  }

  private static void delete(Path file) {
    try {
      Files.delete(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aKilledOwnerIsTakenOverAndComesBackAsStandby() {
    protectedOn("a", "b");
    Mark before = mark();
    hosts.remove("a").kill();

    Placement after = awaitPlacement(p -> p.owner().equals("b"));
    assertThat(after.generation()).isEqualTo(2);
    assertThat(after.standby()).isNull();
    assertRunsOn(before);
    HistoryRecord record = awaitHistory("TAKEOVER", r -> !r.timingsMillis().isEmpty());
    assertThat(record.timingsMillis())
        .containsKeys("detection", "decision", "zookeeper", "recover", "restore", "resume");
    assertThat(record.evidence()).containsKeys("suspectedNanos", "runningNanos", "verdict");
    assertThat(record.epoch()).isPositive();

    start("a");
    awaitPlacement(p -> "a".equals(p.standby()) && p.isProtected());
    hosts.remove("b").kill();
    awaitPlacement(p -> p.owner().equals("a") && p.generation() == 3);
    assertRunsOn(before);
  }

  @Test
  void aGuestMovesThereAndBackWithoutResyncAndIsProtectedAllTheWay() {
    protectedOn("a", "b");
    Mark before = mark();
    migrate("b");
    Placement there = awaitPlacement(p -> p.owner().equals("b"));
    assertThat(there.standby()).isEqualTo("a");
    assertThat(there.synced()).isTrue();
    assertRunsOn(before);
    migrate("a");
    Placement back = awaitPlacement(p -> p.owner().equals("a"));
    assertThat(back.generation()).isEqualTo(3);
    assertRunsOn(before);
    assertThat(history("SWITCHOVER")).hasSize(2);
    assertThat(history("SWITCHOVER").getFirst().timingsMillis()).containsKeys("blackout", "load");
    assertThat(history("PAIRED")).hasSize(1);

    hosts.remove("a").kill();
    awaitPlacement(p -> p.owner().equals("b") && p.generation() == 4);
    assertRunsOn(before);
  }

  @Test
  void aMigrationThatCannotBeEndsWithASentence() {
    protectedOn("a", "b");
    Operation refused = migrateTo("a");
    assertThat(refused.state()).isEqualTo(OperationState.FAILED);
    assertThat(refused.exitCode()).isEqualTo(FaultKind.USAGE.exitCode());
    assertThat(refused.detail()).contains("already");
  }

  @Test
  void aHungOwnerIsDeposedAndKillsItsGuestWhenItWakes() {
    protectedOn("a", "b");
    Mark before = mark();
    hosts.get("a").signal("STOP");
    Placement taken = awaitPlacement(p -> p.owner().equals("b"));
    assertThat(taken.generation()).isEqualTo(2);
    assertRunsOn(before);
    hosts.get("a").signal("CONT");
    Placement again = awaitPlacement(p -> "a".equals(p.standby()) && p.isProtected());
    assertThat(again.generation()).isEqualTo(2);
    assertRunsOn(before);
  }

  @Test
  void aGuestProcessThatDiesIsTakenOverByTheStandby() {
    protectedOn("a", "b");
    Mark before = mark();
    hosts.get("a").tell("crash " + GUEST);
    awaitPlacement(p -> p.owner().equals("b") && p.generation() == 2);
    assertRunsOn(before);
    awaitPlacement(p -> "a".equals(p.standby()) && p.isProtected());
  }

  @Test
  void aLostStandbyIsReplacedWhenItComesBack() {
    protectedOn("a", "b");
    Mark before = mark();
    hosts.remove("b").kill();
    awaitPlacement(p -> p.standby() == null);
    assertRunsOn(before);
    start("b");
    Placement again = awaitPlacement(Placement::isProtected);
    assertThat(again.owner()).isEqualTo("a");
    assertThat(again.generation()).isEqualTo(1);
    assertRunsOn(before);
  }

  @Test
  void aHostThatLeavesHandsItsGuestOver() {
    protectedOn("a", "b");
    Mark before = mark();
    hosts.get("a").tell("leave");
    assertThat(hosts.remove("a").exitCode()).isZero();
    Placement after = awaitPlacement(p -> p.owner().equals("b"));
    assertThat(history("SWITCHOVER")).hasSize(1);
    assertThat(after.standby()).isNull();
    assertRunsOn(before);
  }

  @Test
  void anUnprotectedOwnerThatRestartsBootsAnewLoudly() {
    start("a");
    cluster.apply(guest(null));
    awaitPlacement(p -> p.state() == PlacementState.RUNNING);
    final long boot = bootId();
    hosts.remove("a").kill();
    start("a");
    Placement after =
        awaitPlacement(p -> p.state() == PlacementState.RUNNING && p.generation() == 2);
    assertThat(after.owner()).isEqualTo("a");
    await().atMost(PATIENCE).until(() -> bootId() != boot);
    assertThat(history("COLD_START")).hasSize(1);
  }

  @Test
  void stopStartAndRemoveLeaveNothingBehind() {
    protectedOn("a", "b");
    cluster.desire(GUEST, Desired.STOPPED);
    awaitPlacement(p -> p.state() == PlacementState.STOPPED);
    await()
        .atMost(PATIENCE)
        .until(() -> {
          try (GuestRegion guest = region.guest(GUEST).orElseThrow()) {
            return guest.files().stream().noneMatch(f -> f.toString().contains("g0000"));
          }
        });
    cluster.desire(GUEST, Desired.RUNNING);
    Placement again = awaitPlacement(Placement::isProtected);
    assertThat(again.generation()).isEqualTo(2);
    cluster.desire(GUEST, Desired.REMOVED);
    await()
        .atMost(PATIENCE)
        .until(() -> cluster.guest(GUEST).isEmpty() && region.guests().isEmpty());
  }

  @Test
  void aGuestThatCannotStartFailsWithASentenceAndIsTriedAgainOnlyWhenAsked() {
    start("a");
    cluster.apply(guest(StandInHypervisor.BROKEN));
    Placement failed = awaitPlacement(p -> p.state() == PlacementState.FAILED);
    assertThat(failed.note()).contains("broken");
    cluster.apply(guest(null));
    cluster.desire(GUEST, Desired.RUNNING);
    awaitPlacement(p -> p.state() == PlacementState.RUNNING);
    assertThat(history("FAULT")).hasSize(1);
  }

  @Test
  void withoutZooKeeperGuestsRunOnAndAfterwardsAllIsWell() throws Exception {
    protectedOn("a", "b");
    Mark before = mark();
    Placement placed = placement();
    server.stop();
    await().atMost(PATIENCE).until(() -> counter(placed) > before.counter() + 3_000);
    server.restart();
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(() -> cluster.hosts().size() == 2 && placement().isProtected());
    assertThat(placement().owner()).isEqualTo("a");
    assertThat(placement().generation()).isEqualTo(1);
    assertRunsOn(before);
    migrate("b");
  }

  @Test
  void aSecondDaemonOfTheSameNameIsRefused() {
    start("a");
    HostProcess second = process("a");
    assertThat(second.exitCode()).isEqualTo(FaultKind.UNAVAILABLE.exitCode());
    assertThat(cluster.hosts()).hasSize(1);
  }

  private record Mark(long counter, long bootId) {}

  private void protectedOn(String owner, String standby) {
    start(owner);
    cluster.apply(guest(null));
    awaitPlacement(p -> p.state() == PlacementState.RUNNING);
    start(standby);
    awaitPlacement(p -> p.owner().equals(owner) && p.isProtected());
  }

  private void start(String host) {
    hosts.put(host, process(host));
    long mine = incarnations - 1;
    await()
        .atMost(PATIENCE)
        .until(() -> cluster.hosts().stream().anyMatch(h -> h.incarnation() == mine));
  }

  private HostProcess process(String host) {
    return HostProcess.start(
        server.getConnectString(),
        region.directory(),
        directory.resolve(host),
        host,
        incarnations++);
  }

  private static GuestConfig guest(String append) {
    return new GuestConfig(
        GUEST,
        ByteSize.ofMiB(64),
        1,
        MachineType.MICROVM,
        null,
        Path.of("/proc/version"),
        null,
        append,
        null,
        NetworkConfig.NONE,
        List.of(),
        null);
  }

  private void migrate(String to) {
    Operation done = migrateTo(to);
    assertThat(done.detail()).contains("runs on host " + to);
    assertThat(done.state()).isEqualTo(OperationState.DONE);
  }

  private Operation migrateTo(String to) {
    Operation submitted = cluster.submit(OperationType.MIGRATE, GUEST, to);
    await()
        .atMost(PATIENCE)
        .until(() -> cluster.operation(submitted.id()).orElseThrow().state().ended());
    return cluster.operation(submitted.id()).orElseThrow();
  }

  private Placement awaitPlacement(Predicate<Placement> expected) {
    await()
        .atMost(PATIENCE)
        .until(() ->
            cluster.placements().read(GUEST).filter(p -> expected.test(p.value())).isPresent());
    return placement();
  }

  private Placement placement() {
    return cluster.placements().read(GUEST).orElseThrow().value();
  }

  private HistoryRecord awaitHistory(String kind, Predicate<HistoryRecord> expected) {
    await().atMost(PATIENCE).until(() -> history(kind).stream().anyMatch(expected));
    return history(kind).stream().filter(expected).findFirst().orElseThrow();
  }

  private List<HistoryRecord> history(String kind) {
    return cluster.history(GUEST, 1_000).stream().filter(r -> r.kind().equals(kind)).toList();
  }

  /** Two epochs after now at least, so that what is marked is committed. */
  private Mark mark() {
    Placement p = placement();
    long counted = counter(p);
    await().atMost(PATIENCE).until(() -> counter(p) > counted + 200);
    return new Mark(counted, bootId());
  }

  /** The same boot, beyond what was marked, and counting. */
  private void assertRunsOn(Mark before) {
    await().atMost(PATIENCE).until(() -> counter(placement()) > before.counter());
    long now = counter(placement());
    await().atMost(PATIENCE).until(() -> counter(placement()) > now + 50);
    assertThat(bootId()).isEqualTo(before.bootId());
  }

  private long counter(Placement p) {
    return word(p, StandInGuest.COUNTER_AT);
  }

  private long bootId() {
    return word(placement(), StandInGuest.BOOT_ID_AT);
  }

  private long word(Placement p, long offset) {
    try (GuestRegion guest = region.guest(GUEST).orElseThrow();
        MappedFile image = guest.openImage(p.liveImage())) {
      return image.segment().get(ValueLayout.JAVA_LONG, offset);
    }
  }
}
