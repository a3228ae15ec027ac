package org.nilmigration.migration.protect;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nilmigration.checkpoint.dirty.DirtyTracker;
import org.nilmigration.checkpoint.dirty.PageRuns;
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

/**
 * The epoch thread allocates nothing once it is warm, but for a look at QEMU's rings once a second,
 * which a scripted guest does not have: no garbage collection is ever due because of it.
 *
 * <p>Break it: make a {@link ProtectorStatus} for every epoch.
 */
class EpochAllocationTest {
  private static final long MEMORY_BYTES = 2L << 20;
  private static final int EPOCHS = 300;
  private static final Duration WITHIN = Duration.ofSeconds(60);
  private static final EpochConfig PACE =
      new EpochConfig(
          Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofMillis(1), ByteSize.ofMiB(64));

  @TempDir Path directory;

  /** The least that one thread allocated from one capture to the one {@link #EPOCHS} later. */
  private static final class Windows implements Consumer<String> {
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final AtomicLong least = new AtomicLong(Long.MAX_VALUE);
    private long captures;
    private long before;

    @Override
    public void accept(String step) {
      if (step.equals("capture") && captures++ % EPOCHS == 0) {
        long allocated = threads.getCurrentThreadAllocatedBytes();
        if (captures > 1 && allocated - before < least.get()) {
          least.set(allocated - before);
        }
        before = allocated;
      }
    }
  }

  /** Ten pages lie apart, ten together. */
  private static final class TwentyPages implements DirtyTracker {
    @Override
    public void collect(PageRuns into) {
      for (int i = 0; i < 10; i++) {
        into.add(2L * i * PageRuns.PAGE_BYTES, PageRuns.PAGE_BYTES);
      }
      into.add(100 * PageRuns.PAGE_BYTES, 10 * PageRuns.PAGE_BYTES);
    }

    @Override
    public String name() {
      return "scripted";
    }

    @Override
    public void close() {}
  }

  private static final class Nobody implements Protector.Listener {
    @Override
    public void synced(long epoch) {}

    @Override
    public void deposed(long generation) {}

    @Override
    public void failed(FaultException fault) {}
  }

  @Test
  void anEpochAllocatesNothing() {
    ScriptedGuest guest = new ScriptedGuest();
    Windows windows = new Windows();
    guest.atStep(windows);
    LogIdentity identity = new LogIdentity("g", 1, 1, MEMORY_BYTES, false, 0);
    try (Region region = Region.format(directory.resolve("region"), new RegionSpec(256L << 20));
        GuestRegion files = region.createGuest("g", MEMORY_BYTES, 1);
        MappedFile live = files.createImage(GuestRegion.imageName(1, 0));
        MappedFile shadow = files.createImage(GuestRegion.imageName(1, 1));
        EpochLog log = files.createLog(identity, 4L << 20);
        EpochLog standbyLog = files.openLog(GuestRegion.logName(1, 1));
        Protector protector =
            Protector.start(
                new ProtectorSetup(guest, new TwentyPages(), new PageRuns(), log, live, PACE),
                new Nobody())) {
      LogStandby standby = standbyLog.standby();
      standby.publishAttached();
      ShadowImage image = new ShadowImage(shadow);
      Awaitility.await()
          .atMost(WITHIN)
          .pollInterval(Duration.ofMillis(1))
          .untilAsserted(() -> {
            standby.poll(image);
            assertThat(windows.least.get())
                .as("least bytes allocated in %d epochs, in %s", EPOCHS, protector.status())
                .isZero();
          });
      assertThat(protector.status().isProtected()).isTrue();
      assertThat(protector.status().releases()).isPositive();
    }
  }
}
