package org.nilmigration.migration.protect;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.migration.hypervisor.GuestProcess;

/**
 * What a standby loads ahead of a takeover, and that it never runs anything but the last commit.
 */
class ReplicaTest {
  private static final long MEMORY_BYTES = 64L << 20;
  private static final Duration WITHIN = Duration.ofSeconds(20);

  @TempDir Path directory;

  /** All that were ever started, in order. */
  private final List<ScriptedGuest> started = new CopyOnWriteArrayList<>();

  private final List<Boolean> urgencies = new CopyOnWriteArrayList<>();

  private Region region;
  private GuestRegion files;
  private MappedFile shadow;
  private EpochLog ownerLog;
  private EpochLog standbyLog;
  private Replica replica;
  private long epoch;

  private GuestProcess start() {
    ScriptedGuest guest = ScriptedGuest.incoming();
    started.add(guest);
    return guest;
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
            new ReplicaSetup(
                new ScriptedHypervisor(this::start),
                ScriptedHypervisor.launch(shadow, directory),
                standbyLog,
                shadow,
                null),
            new Replica.Listener() {
              @Override
              public void synced(long first) {}

              @Override
              public void urgent(boolean isUrgent) {
                urgencies.add(isUrgent);
              }

              @Override
              public void failed(FaultException fault) {}
            });
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
        .until(
            () -> started.size() > process && started.get(process).restoredBytes() == stateBytes);
  }

  @Test
  void whatWasLoadedAheadIsRun() {
    commit(100);
    replica.makeReady();
    awaitLoaded(0, 100);

    Takeover takeover = replica.takeover();

    assertThat(takeover.vm()).isSameAs(started.getFirst());
    assertThat(started).hasSize(1);
    assertThat(started.getFirst().running()).isTrue();
  }

  @Test
  void followingIsUrgentOnlyWhileATakeoverIsNear() {
    commit(100);
    replica.makeReady();
    awaitLoaded(0, 100);
    assertThat(urgencies).containsExactly(false, true);

    replica.standDown();
    Awaitility.await().atMost(WITHIN).until(() -> urgencies.size() == 3);
    replica.takeover();

    assertThat(urgencies).containsExactly(false, true, false, true);
  }

  @Test
  void nothingThatWasLoadedRunsBeforeTheTakeover() {
    commit(100);
    replica.makeReady();
    awaitLoaded(0, 100);

    assertThat(started.getFirst().running()).isFalse();
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
    assertThat(takeover.vm()).isSameAs(started.getLast());
    assertThat(started).hasSize(2);
    assertThat(started.getLast().restoredBytes()).isEqualTo(200);
    assertThat(started.getFirst().exit()).isDone();
  }

  @Test
  void afterStandingDownAFreshProcessWaits() {
    commit(100);
    replica.makeReady();
    awaitLoaded(0, 100);

    replica.standDown();

    Awaitility.await().atMost(WITHIN).until(() -> started.size() == 2);
    assertThat(started.getFirst().exit()).isDone();
    assertThat(started.getLast().restoredBytes()).isZero();
    assertThat(replica.takeover().vm()).isSameAs(started.getLast());
  }

  @Test
  void aStateThatCouldNotBeLoadedAheadIsTriedAgainByTheTakeover() {
    commit(100);
    started.getFirst().failing("restore");
    replica.makeReady();
    Awaitility.await().atMost(WITHIN).until(() -> started.size() == 2);

    assertThat(replica.takeover().vm()).isSameAs(started.getLast());
    assertThat(started.getLast().restoredBytes()).isEqualTo(100);
  }
}
