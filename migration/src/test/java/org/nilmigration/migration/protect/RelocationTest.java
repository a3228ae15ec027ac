package org.nilmigration.migration.protect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
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
import org.nilmigration.checkpoint.dirty.DirtyTracker;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.image.ShadowImage;
import org.nilmigration.checkpoint.log.EpochLog;
import org.nilmigration.checkpoint.log.LogIdentity;
import org.nilmigration.checkpoint.log.LogStandby;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.memory.Reserve;
import org.nilmigration.checkpoint.region.GuestRegion;
import org.nilmigration.checkpoint.region.Region;
import org.nilmigration.checkpoint.region.RegionSpec;
import org.nilmigration.config.ByteSize;
import org.nilmigration.config.EpochConfig;
import org.nilmigration.config.FaultException;

/**
 * A relocation beside the epochs, with a guest that writes the same page whenever it runs: what it
 * wrote last is in the file that it runs on, and each step may fail.
 */
class RelocationTest {
  private static final long MEMORY_BYTES = 4L << 20;
  private static final Duration WITHIN = Duration.ofSeconds(20);
  private static final EpochConfig PACE =
      new EpochConfig(
          Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofMillis(1), ByteSize.ofMiB(64));

  @TempDir Path directory;

  private final ScriptedGuest guest = new ScriptedGuest();
  private final CompletableFuture<FaultException> failed = new CompletableFuture<>();
  private final AtomicReference<String> broken = new AtomicReference<>();
  private Region region;
  private GuestRegion files;
  private MappedFile live;
  private MappedFile to;
  private MappedFile shadow;
  private EpochLog ownerLog;
  private EpochLog standbyLog;
  private LogStandby standby;
  private Protector protector;
  private volatile MappedFile runsOn;
  private final AtomicLong written = new AtomicLong();

  @BeforeEach
  void protect() {
    region = Region.format(directory.resolve("region"), new RegionSpec(256L << 20));
    files = region.createGuest("g", MEMORY_BYTES, 1);
    live = files.createImage(GuestRegion.imageName(1, 0));
    live.segment().fill((byte) 7);
    to = MappedFile.create(directory.resolve("to"), MEMORY_BYTES, Reserve.SPARSE);
    shadow = files.createImage(GuestRegion.imageName(1, 1));
    ownerLog =
        files.createLog(
            new LogIdentity("g", 1, 1, MEMORY_BYTES, false, 0), EpochLog.RING_BYTES_MIN);
    standbyLog = files.openLog(GuestRegion.logName(1, 1));
    standby = standbyLog.standby();
    standby.publishAttached();
    runsOn = live;
    guest.atStep(this::step);
    guest.tracker(() -> new FirstPage());
    protector =
        Protector.start(
            new ProtectorSetup(guest, new FirstPage(), new PageRuns(), ownerLog, live, PACE),
            new Protector.Listener() {
              @Override
              public void synced(long epoch) {}

              @Override
              public void deposed(long generation) {}

              @Override
              public void failed(FaultException fault) {
                failed.complete(fault);
              }
            });
    follow(3);
  }

  @AfterEach
  void end() {
    protector.close();
    standbyLog.close();
    ownerLog.close();
    shadow.close();
    live.close();
    to.close();
    files.close();
    region.close();
    assertThat(broken.get()).isNull();
  }

  /** Reports the page that the guest writes, whether it wrote or not. */
  private static final class FirstPage implements DirtyTracker {
    private boolean closed;

    @Override
    public void collect(PageRuns into) {
      assertThat(closed).isFalse();
      into.add(0, PageRuns.PAGE_BYTES);
    }

    @Override
    public String name() {
      return "scripted";
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  /** The guest runs from "resume" to "capture", and writes at the beginning. */
  private void step(String name) {
    if (name.equals("resume")) {
      runsOn.segment().set(ValueLayout.JAVA_LONG, 0, written.incrementAndGet());
    } else if (name.equals("capture")) {
      long found = runsOn.segment().get(ValueLayout.JAVA_LONG, 0);
      if (written.get() != 0 && found != written.get()) {
        broken.compareAndSet(null, "the guest wrote " + written + " and finds " + found);
      }
    } else if (name.equals("relocate")) {
      if (live.segment().mismatch(to.segment()) != -1) {
        broken.compareAndSet(null, "relocated to a file that is not equal");
      }
      runsOn = to;
    }
  }

  private void follow(long moreEpochs) {
    long until = protector.status().epochs() + moreEpochs;
    awaitFollowing(() -> protector.status().isProtected() && protector.status().epochs() >= until);
  }

  private void awaitFollowing(java.util.concurrent.Callable<Boolean> reached) {
    Awaitility.await()
        .atMost(WITHIN)
        .pollInterval(Duration.ofMillis(1))
        .until(() -> {
          standby.poll(new ShadowImage(shadow));
          return reached.call();
        });
  }

  private Relocation.Outcome outcome(Relocation relocation) throws Exception {
    awaitFollowing(() -> relocation.outcome().isDone());
    return relocation.outcome().get(1, TimeUnit.SECONDS);
  }

  @Test
  void whatTheGuestWritesOnItsNewFileStaysThere() throws Exception {
    Relocation relocation = protector.relocate(to);

    Relocation.Outcome outcome = outcome(relocation);
    follow(20);

    assertThat(outcome.fault()).isNull();
    assertThat(outcome.live()).isSameAs(to);
    assertThat(relocation.progress())
        .isEqualTo(new Relocation.Progress(MEMORY_BYTES, MEMORY_BYTES));
    assertThat(files.imagePath(GuestRegion.imageName(1, 0))).doesNotExist();
  }

  @Test
  void aRefusedMoveKeepsTheOldFileWithAFreshTracker() throws Exception {
    guest.atStep(name -> {
      if (!name.equals("relocate")) {
        step(name);
      }
    });
    guest.failing("relocate");

    Relocation.Outcome outcome = outcome(protector.relocate(to));
    follow(10);

    assertThat(outcome.fault()).hasMessageContaining("scripted: relocate fails");
    assertThat(outcome.live()).isSameAs(live);
    assertThat(outcome.tracker()).isNotNull();
    assertThat(directory.resolve("to")).doesNotExist();
    assertThat(failed).isNotDone();
  }

  @Test
  void aGuestThatCannotBeTrackedOnItsNewFileIsProtectedNoMore() throws Exception {
    guest.failing("track");

    Relocation.Outcome outcome = outcome(protector.relocate(to));

    assertThat(outcome.fault()).isNull();
    assertThat(outcome.live()).isSameAs(to);
    assertThat(outcome.tracker()).isNull();
    assertThat(failed.get(20, TimeUnit.SECONDS)).hasMessageContaining("track fails");
    assertThat(guest.running()).isTrue();
  }

  @Test
  void closingTheProtectorEndsTheMove() throws Exception {
    Relocation relocation = protector.relocate(to);
    protector.close();

    Relocation.Outcome outcome = relocation.outcome().get(20, TimeUnit.SECONDS);
    assertThat(outcome.live()).isSameAs(outcome.fault() == null ? to : live);

    MappedFile late = MappedFile.create(directory.resolve("late"), MEMORY_BYTES, Reserve.SPARSE);
    Relocation.Outcome refused = protector.relocate(late).outcome().get(20, TimeUnit.SECONDS);
    assertThat(refused.fault()).hasMessageContaining("not being protected any more");
    assertThat(late.path()).doesNotExist();
  }

  @Test
  void oneMoveAtATime() {
    Relocation first = protector.relocate(to);
    MappedFile other = MappedFile.create(directory.resolve("other"), MEMORY_BYTES, Reserve.SPARSE);
    if (!first.outcome().isDone()) {
      assertThatThrownBy(() -> protector.relocate(other))
          .isInstanceOf(FaultException.class)
          .hasMessageContaining("is being moved already");
      assertThat(other.path()).doesNotExist();
    }
    first.cancel();
  }
}
