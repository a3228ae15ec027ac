package org.nilmigration.migration.protect;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.handoff.HandoffArea;
import org.nilmigration.checkpoint.handoff.HandoffIdentity;
import org.nilmigration.checkpoint.handoff.HandoffSource;
import org.nilmigration.checkpoint.handoff.HandoffTarget;
import org.nilmigration.checkpoint.image.ShadowImage;
import org.nilmigration.checkpoint.log.EpochLog;
import org.nilmigration.checkpoint.log.LogIdentity;
import org.nilmigration.checkpoint.log.LogStandby;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.region.GuestRegion;
import org.nilmigration.checkpoint.region.Region;
import org.nilmigration.checkpoint.region.RegionSpec;
import org.nilmigration.config.ByteSize;
import org.nilmigration.config.EpochConfig;
import org.nilmigration.config.FaultException;
import org.nilmigration.migration.hypervisor.OutputGate;
import org.nilmigration.migration.protect.ProtectorStatus.Phase;

/** When the gate is closed, when output leaves, and that no failure lets anything out. */
class OutputCommitTest {
  private static final long MEMORY_BYTES = 2L << 20;
  private static final Duration WITHIN = Duration.ofSeconds(20);
  private static final EpochConfig PACE =
      new EpochConfig(
          Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofMillis(1), ByteSize.ofMiB(64));

  @TempDir Path directory;

  private final ScriptedGuest guest = new ScriptedGuest();
  private final CompletableFuture<Long> syncedTold = new CompletableFuture<>();
  private final CompletableFuture<Long> deposedTold = new CompletableFuture<>();
  private final CompletableFuture<FaultException> failedTold = new CompletableFuture<>();
  private final AtomicReference<String> broken = new AtomicReference<>();
  private Region region;
  private GuestRegion files;
  private MappedFile live;
  private MappedFile shadow;
  private EpochLog ownerLog;
  private EpochLog standbyLog;
  private LogStandby standby;
  private Protector protector;

  @BeforeEach
  void make() {
    region = Region.format(directory.resolve("region"), new RegionSpec(256L << 20));
    files = region.createGuest("g", MEMORY_BYTES, 1);
    live = files.createImage(GuestRegion.imageName(1, 0));
    shadow = files.createImage(GuestRegion.imageName(1, 1));
    ownerLog =
        files.createLog(
            new LogIdentity("g", 1, 1, MEMORY_BYTES, false, 0), EpochLog.RING_BYTES_MIN);
    standbyLog = files.openLog(GuestRegion.logName(1, 1));
    standby = standbyLog.standby();
    standby.publishAttached();
  }

  @AfterEach
  void end() {
    if (protector != null) {
      protector.close();
    }
    standbyLog.close();
    ownerLog.close();
    shadow.close();
    live.close();
    files.close();
    region.close();
    assertThat(broken.get()).isNull();
  }

  private void protect() {
    protector =
        Protector.start(
            new ProtectorSetup(
                guest, ScriptedGuest.nothingWritten(), new PageRuns(), ownerLog, live, PACE),
            new Protector.Listener() {
              @Override
              public void synced(long epoch) {
                if (guest.state() != OutputGate.State.HELD || guest.left() > sentAt(epoch)) {
                  broken.set("synced was told with output outside that is not in epoch " + epoch);
                }
                syncedTold.complete(epoch);
              }

              @Override
              public void deposed(long generation) {
                deposedTold.complete(generation);
              }

              @Override
              public void failed(FaultException fault) {
                failedTold.complete(fault);
              }
            });
  }

  /** The guest's frame counter as epoch {@code epoch} holds it; the epoch is the last committed. */
  private long sentAt(long epoch) {
    return standby.commitEpochAcquire() == epoch ? guest.sentAtCapture() : Long.MIN_VALUE;
  }

  private void follow() {
    Awaitility.await()
        .atMost(WITHIN)
        .pollInterval(Duration.ofMillis(1))
        .until(() -> {
          standby.poll(new ShadowImage(shadow));
          return syncedTold.isDone() || failedTold.isDone();
        });
  }

  private void awaitReleases(long more) {
    long until = protector.status().releases() + more;
    Awaitility.await()
        .atMost(WITHIN)
        .pollInterval(Duration.ofMillis(1))
        .until(() -> {
          standby.poll(new ShadowImage(shadow));
          return protector.status().releases() >= until;
        });
  }

  @Test
  void gateIsClosedBeforeTheStandbyCountsAsSynced() throws Exception {
    protect();
    follow();
    assertThat(syncedTold.get(1, TimeUnit.SECONDS)).isGreaterThan(1);
    assertThat(guest.state()).isEqualTo(OutputGate.State.HELD);
    assertThat(protector.status().phase()).isEqualTo(Phase.PROTECTED);
  }

  @Test
  void outputLeavesOnlyOnceItsEpochIsCommitted() {
    guest.atStep(step -> {
      if (step.equals("release") && standby.commitEpochAcquire() <= committedBefore()) {
        broken.set("released before the commit of epoch " + (committedBefore() + 1));
      }
    });
    protect();
    follow();
    awaitReleases(20);
    assertThat(guest.left()).isGreaterThan(10).isLessThanOrEqualTo(guest.sent());
  }

  /** The status is published after the release, so it names the epoch before. */
  private long committedBefore() {
    return protector == null ? 0 : protector.status().committedEpoch();
  }

  @Test
  void nothingLeavesOnceTheGuestWasTaken() throws Exception {
    protect();
    follow();
    awaitReleases(3);
    guest.atStep(step -> {
      if (step.equals("capture")) {
        guest.atStep(later -> {
          if (later.equals("release")) {
            broken.set("released although taken");
          }
        });
        standby.publishTaken();
      }
    });
    assertThat(deposedTold.get(20, TimeUnit.SECONDS)).isEqualTo(1);
    assertThat(guest.running()).isFalse();
    assertThat(guest.state()).isEqualTo(OutputGate.State.HELD);
  }

  @Test
  void aTakeoverBetweenLookAndReleaseKeepsTheOutput() throws Exception {
    protect();
    follow();
    awaitReleases(3);
    guest.atStep(step -> {
      if (step.equals("resume")) {
        standby.publishTaken();
      } else if (step.equals("release")) {
        broken.set("released although taken");
      }
    });
    assertThat(deposedTold.get(20, TimeUnit.SECONDS)).isEqualTo(1);
    assertThat(guest.state()).isEqualTo(OutputGate.State.HELD);
  }

  /** What was sent before the pause of a handoff that is given up belongs to the next commit. */
  @Test
  void aHandoffThatIsGivenUpLetsNothingOut() throws Exception {
    protect();
    follow();
    awaitReleases(3);
    try (HandoffArea area = files.createHandoff(new HandoffIdentity("g", 1, 1, MEMORY_BYTES))) {
      AtomicLong before = new AtomicLong();
      guest.atStep(step -> {
        if (step.equals("capture") && area.sourceAcquire() == HandoffSource.NONE) {
          guest.atStep(later -> {
            if (later.equals("release") && standby.commitEpochAcquire() <= before.get()) {
              broken.set("released an epoch that was given up");
            }
          });
          before.set(standby.commitEpochAcquire());
        }
      });
      long epoch = protector.status().committedEpoch();
      area.target().publish(HandoffTarget.ARMED);
      CompletableFuture<HandoffResult> handoff =
          CompletableFuture.supplyAsync(() -> protector.handoff(area, WITHIN));
      Awaitility.await()
          .atMost(WITHIN)
          .pollInterval(Duration.ofMillis(1))
          .until(() -> {
            standby.poll(new ShadowImage(shadow));
            if (area.sourceAcquire() == HandoffSource.READY) {
              area.target().publish(HandoffTarget.FAILED);
            }
            return handoff.isDone();
          });
      assertThat(handoff).isCompletedExceptionally();
      assertThat(area.sourceAcquire()).isEqualTo(HandoffSource.ABORTED);
      assertThat(guest.state()).isEqualTo(OutputGate.State.HELD);
      awaitReleases(3);
      assertThat(protector.status().committedEpoch()).isGreaterThan(epoch);
      assertThat(protector.status().phase()).isEqualTo(Phase.PROTECTED);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"capture", "resume", "release"})
  void everyFailureLeavesTheGateHeld(String step) throws Exception {
    protect();
    follow();
    awaitReleases(3);
    guest.failing(step);
    FaultException fault = failedTold.get(20, TimeUnit.SECONDS);
    assertThat(fault).hasMessageContaining(step);
    assertThat(guest.state()).isEqualTo(OutputGate.State.HELD);
    assertThat(guest.left()).isLessThanOrEqualTo(guest.sentAtCapture());
    assertThat(protector.status().phase()).isEqualTo(Phase.FAILED);
  }

  @Test
  void aLogThatIsCutShortIsToldAndLeavesTheGateHeld() throws Exception {
    protect();
    follow();
    awaitReleases(3);
    try (FileChannel log = FileChannel.open(ownerLog.file().path(), StandardOpenOption.WRITE)) {
      log.truncate(4096);
    }
    FaultException fault = failedTold.get(20, TimeUnit.SECONDS);
    assertThat(fault).hasMessageContaining("file shrank while mapped");
    assertThat(guest.state()).isEqualTo(OutputGate.State.HELD);
    assertThat(protector.status().phase()).isEqualTo(Phase.FAILED);
  }

  @Test
  void aGateThatDoesNotCloseIsNoProtection() throws Exception {
    guest.failing("hold");
    protect();
    follow();
    assertThat(failedTold.get(20, TimeUnit.SECONDS)).hasMessageContaining("hold");
    assertThat(syncedTold).isNotDone();
  }

  @Test
  void aFullLogHoldsTheOutputBack() {
    protect();
    follow();
    awaitReleases(3);
    AtomicLong before = new AtomicLong();
    Awaitility.await()
        .atMost(WITHIN)
        .pollInterval(Duration.ofMillis(200))
        .until(() -> before.getAndSet(guest.left()) == guest.left());
    assertThat(guest.state()).isEqualTo(OutputGate.State.HELD);
    protector.close();
    assertThat(guest.state()).isEqualTo(OutputGate.State.HELD);
    assertThat(guest.left()).isLessThanOrEqualTo(guest.sentAtCapture());
  }
}
