package org.nilmigration.migration.protect;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nilmigration.checkpoint.log.EpochLog;
import org.nilmigration.checkpoint.log.LogIdentity;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.region.GuestRegion;
import org.nilmigration.checkpoint.region.Region;
import org.nilmigration.checkpoint.region.RegionSpec;
import org.nilmigration.config.ByteSize;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.MachineType;
import org.nilmigration.config.NetworkConfig;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.Hypervisor;
import org.nilmigration.migration.hypervisor.HypervisorTraits;
import org.nilmigration.migration.hypervisor.Launch;
import org.nilmigration.migration.hypervisor.LeftGuest;

/**
 * What a standby loads ahead of a takeover, and that it never runs anything but the last commit.
 */
class ReplicaTest {
  private static final long MEMORY_BYTES = 64L << 20;
  private static final Duration WITHIN = Duration.ofSeconds(20);

  @TempDir Path directory;

  private final Processes processes = new Processes();
  private Region region;
  private GuestRegion files;
  private MappedFile shadow;
  private EpochLog ownerLog;
  private EpochLog standbyLog;
  private Replica replica;
  private long epoch;

  /** Starts guests without processes; all that were ever started, in order. */
  private static final class Processes implements Hypervisor {
    private final List<ScriptedGuest> started = new CopyOnWriteArrayList<>();
    private volatile String failing = "";

    @Override
    public GuestProcess start(Launch launch) {
      ScriptedGuest guest = ScriptedGuest.incoming();
      guest.failing(failing);
      started.add(guest);
      return guest;
    }

    @Override
    public void probe() {}

    @Override
    public HypervisorTraits traits() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Optional<LeftGuest> left(Path launchDirectory) {
      return Optional.empty();
    }

    @Override
    public void close() {}
  }

  @BeforeEach
  void make() {
    region = Region.format(directory.resolve("region"), new RegionSpec(512L << 20));
    files = region.createGuest("g", MEMORY_BYTES, 1);
    shadow = files.createImage(GuestRegion.imageName(1, 1));
    ownerLog =
        files.createLog(
            new LogIdentity("g", 1, 1, MEMORY_BYTES, false, 0), EpochLog.RING_BYTES_MIN);
    standbyLog = files.openLog(GuestRegion.logName(1, 1));
    replica =
        Replica.start(
            new ReplicaSetup(processes, launch(), standbyLog, shadow, null),
            new Replica.Listener() {
              @Override
              public void synced(long first) {}

              @Override
              public void failed(FaultException fault) {}
            });
  }

  private Launch launch() {
    GuestConfig guest =
        new GuestConfig(
            "g",
            new ByteSize(MEMORY_BYTES),
            1,
            MachineType.MICROVM,
            null,
            Path.of("/kernel"),
            null,
            "console=ttyS0",
            null,
            NetworkConfig.NONE,
            List.of(),
            null);
    return new Launch(guest, shadow.path(), directory, true);
  }

  @AfterEach
  void end() {
    replica.close();
    standbyLog.close();
    ownerLog.close();
    shadow.close();
    files.close();
    region.close();
  }

  /** Commits an epoch whose state has that many bytes, and waits until the standby has it. */
  private void commit(long stateBytes) {
    try (Arena arena = Arena.ofConfined()) {
      ownerLog.owner().begin(++epoch);
      ownerLog
          .owner()
          .state(
              arena.allocate(stateBytes),
              stateBytes,
              () -> {
                throw new FaultException(FaultKind.ERROR, "the ring is full");
              });
      ownerLog.owner().commit();
    }
    Awaitility.await().atMost(WITHIN).until(() -> replica.status().synced());
    Awaitility.await().atMost(WITHIN).until(() -> ownerLog.owner().appliedEpochAcquire() == epoch);
  }

  private void awaitLoaded(int process, long stateBytes) {
    Awaitility.await()
        .atMost(WITHIN)
        .until(() ->
            processes.started.size() > process
                && processes.started.get(process).restoredBytes() == stateBytes);
  }

  @Test
  void whatWasLoadedAheadIsRun() {
    commit(100);
    replica.makeReady();
    awaitLoaded(0, 100);

    Takeover takeover = replica.takeover();

    assertThat(takeover.vm()).isSameAs(processes.started.getFirst());
    assertThat(processes.started).hasSize(1);
    assertThat(processes.started.getFirst().running()).isTrue();
  }

  @Test
  void nothingThatWasLoadedRunsBeforeTheTakeover() {
    commit(100);
    replica.makeReady();
    awaitLoaded(0, 100);

    assertThat(processes.started.getFirst().running()).isFalse();
    assertThat(ownerLog.owner().takenAcquire()).isFalse();
  }

  @Test
  void anOwnerThatCommitsAfterAllIsResumedFromThatCommit() {
    commit(100);
    replica.makeReady();
    awaitLoaded(0, 100);
    commit(200);

    Takeover takeover = replica.takeover();

    assertThat(takeover.epoch()).isEqualTo(2);
    assertThat(takeover.vm()).isSameAs(processes.started.getLast());
    assertThat(processes.started).hasSize(2);
    assertThat(processes.started.getLast().restoredBytes()).isEqualTo(200);
    assertThat(processes.started.getFirst().exit()).isDone();
  }

  @Test
  void afterStandingDownAFreshProcessWaits() {
    commit(100);
    replica.makeReady();
    awaitLoaded(0, 100);

    replica.standDown();

    Awaitility.await().atMost(WITHIN).until(() -> processes.started.size() == 2);
    assertThat(processes.started.getFirst().exit()).isDone();
    assertThat(processes.started.getLast().restoredBytes()).isZero();
    assertThat(replica.takeover().vm()).isSameAs(processes.started.getLast());
  }

  @Test
  void aStateThatCouldNotBeLoadedAheadIsTriedAgainByTheTakeover() {
    commit(100);
    processes.started.getFirst().failing("restore");
    replica.makeReady();
    Awaitility.await().atMost(WITHIN).until(() -> processes.started.size() == 2);

    assertThat(replica.takeover().vm()).isSameAs(processes.started.getLast());
    assertThat(processes.started.getLast().restoredBytes()).isEqualTo(100);
  }
}
