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
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.curator.test.TestingServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.nilmigration.checkpoint.handoff.HandoffArea;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.region.GuestRegion;
import org.nilmigration.checkpoint.region.Region;
import org.nilmigration.checkpoint.region.RegionSpec;
import org.nilmigration.config.ByteSize;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.MachineType;
import org.nilmigration.config.MemoryPlacement;
import org.nilmigration.config.NetworkConfig;
import org.nilmigration.config.OnStop;
import org.nilmigration.failover.cluster.Cluster;
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
abstract class AgentHosts {
  static final String GUEST = "web";
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private Path directory;
  TestingServer server;
  Region region;
  Cluster cluster;
  final Map<String, HostProcess> hosts = new HashMap<>();
  private long incarnations = 1;

  /** What hosts started from now on do when they are told to end. */
  OnStop onStop = OnStop.HANDOVER;

  @BeforeEach
  void open() throws Exception {
    Path shared = Path.of("/dev/shm");
    directory =
        Files.isDirectory(shared)
            ? Files.createTempDirectory(shared, "nilfo")
            : Files.createTempDirectory("nilfo");
    server = new TestingServer();
    region = Region.format(directory.resolve("region"), new RegionSpec(4L << 30));
    cluster = Cluster.connect(server.getConnectString(), Duration.ofSeconds(10), "test");
  }

  @AfterEach
  void close() throws Exception {
    hosts.values().forEach(HostProcess::close);
    cluster.close();
    region.close();
    server.close();
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(AgentHosts::delete);
    }
  }

  private static void delete(Path file) {
    try {
      Files.delete(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  record Mark(long counter, long bootId) {}

  final void protectedOn(String owner, String standby) {
    protectedOn(owner, standby, null);
  }

  /**
   * @param append what the stand-in guests are told, see {@link StandInGuest}
   */
  final void protectedOn(String owner, String standby, String append) {
    start(owner);
    cluster.apply(guest(append));
    awaitPlacement(p -> p.state() == PlacementState.RUNNING);
    start(standby);
    awaitPlacement(p -> p.owner().equals(owner) && p.isProtected());
  }

  /** One after the other; on return each is registered. */
  final void start(String... names) {
    for (String host : names) {
      hosts.put(host, process(host));
      long mine = incarnations - 1;
      await()
          .atMost(PATIENCE)
          .until(() -> cluster.hosts().stream().anyMatch(h -> h.incarnation() == mine));
    }
  }

  final HostProcess process(String host) {
    return HostProcess.start(
        server.getConnectString(),
        region.directory(),
        directory.resolve(host),
        host,
        incarnations++,
        onStop);
  }

  static GuestConfig guest(String append) {
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

  final Operation ask(OperationType type, String to) {
    return ended(
        cluster
            .operations()
            .submit(
                type == OperationType.MIGRATE
                    ? Operation.migrate(GUEST, to, false, Duration.ZERO)
                    : Operation.memory(type, GUEST, Duration.ZERO)));
  }

  final Operation ended(Operation submitted) {
    await().atMost(PATIENCE).until(() -> operation(submitted).state().ended());
    return operation(submitted);
  }

  final Operation operation(Operation submitted) {
    return cluster.operations().find(submitted.id()).orElseThrow();
  }

  final void migrate(String to) {
    Operation done = migrateTo(to);
    assertThat(done.detail()).contains("runs on host " + to);
    assertThat(done.state()).isEqualTo(OperationState.DONE);
  }

  final Operation migrateTo(String to) {
    return ask(OperationType.MIGRATE, to);
  }

  /** Has a move begun and acts as soon as its area is as wanted. */
  final void whenMoving(Runnable move, Predicate<HandoffArea> reached, Runnable act) {
    move.run();
    spin(() -> placement().state() == PlacementState.HANDOFF);
    Placement moving = placement();
    try (GuestRegion guest = region.guest(GUEST).orElseThrow();
        HandoffArea area = guest.openHandoff(moving.handoff().area())) {
      spin(() -> reached.test(area));
      act.run();
    }
  }

  /** The words change within microseconds. */
  private static void spin(BooleanSupplier reached) {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (!reached.getAsBoolean()) {
      assertThat(System.nanoTime()).as("the word was not seen").isLessThan(until);
      Thread.onSpinWait();
    }
  }

  final Placement awaitPlacement(Predicate<Placement> expected) {
    await()
        .atMost(PATIENCE)
        .until(() ->
            cluster.placements().read(GUEST).filter(p -> expected.test(p.value())).isPresent());
    return placement();
  }

  final Placement placement() {
    return cluster.placements().read(GUEST).orElseThrow().value();
  }

  final HistoryRecord awaitHistory(String kind, Predicate<HistoryRecord> expected) {
    await().atMost(PATIENCE).until(() -> history(kind).stream().anyMatch(expected));
    return history(kind).stream().filter(expected).findFirst().orElseThrow();
  }

  final List<HistoryRecord> history(String kind) {
    return cluster.history(GUEST, 1_000).stream().filter(r -> r.kind().equals(kind)).toList();
  }

  /** Two epochs after now at least, so that what is marked is committed. */
  final Mark mark() {
    Placement p = placement();
    long counted = counter(p);
    await().atMost(PATIENCE).until(() -> counter(p) > counted + 200);
    return new Mark(counted, bootId());
  }

  /** The same boot, beyond what was marked, and counting. */
  final void assertRunsOn(Mark before) {
    await().atMost(PATIENCE).until(() -> counter(placement()) > before.counter());
    long now = counter(placement());
    await().atMost(PATIENCE).until(() -> counter(placement()) > now + 50);
    assertThat(bootId()).isEqualTo(before.bootId());
  }

  final long counter(Placement p) {
    return word(p, StandInGuest.COUNTER_AT);
  }

  final long bootId() {
    return word(placement(), StandInGuest.BOOT_ID_AT);
  }

  /** The file of the guest's memory, in the region or in the own memory of its owner. */
  final Path live(Placement p) {
    if (p.memory() == MemoryPlacement.LOCAL) {
      return local(p.owner()).resolve(p.liveImage());
    }
    try (GuestRegion guest = region.guest(GUEST).orElseThrow()) {
      return guest.imagePath(p.liveImage());
    }
  }

  /** Where a host has images of the guest in its own memory. */
  final Path local(String host) {
    return directory.resolve("local-" + host).resolve(GUEST);
  }

  private long word(Placement p, long offset) {
    try (MappedFile image = MappedFile.open(live(p), -1)) {
      return image.segment().get(ValueLayout.JAVA_LONG, offset);
    }
  }
}
