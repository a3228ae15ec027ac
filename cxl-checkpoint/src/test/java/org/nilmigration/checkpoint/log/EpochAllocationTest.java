package org.nilmigration.checkpoint.log;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.image.ShadowImage;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.memory.PauseHelper;
import org.nilmigration.checkpoint.memory.Reserve;

/**
 * What is done 40 times a second for each guest leaves nothing to the garbage collector, neither at
 * the owner nor at the standby. Measured once the compilers are done, for an interpreter allocates
 * what they do not.
 */
class EpochAllocationTest {
  private static final int PAGES = 2048;
  private static final int EPOCHS = 200;
  private static final int ATTEMPTS = 100;
  private static final long RING = 8 << 20;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final MemorySegment live = Logs.memory(PAGES);
  private final MemorySegment state = Arena.ofAuto().allocate(100_000, 64);
  private final PageRuns runs = new PageRuns();
  private final Random random = new Random(5);
  private long owned;
  private long applied;

  @TempDir Path dir;

  @Test
  void epochsAllocateNothing() {
    LogIdentity id = Logs.identity(PAGES, true, 0);
    try (EpochLog log = Logs.create(dir, id, RING);
        MappedFile shadow =
            MappedFile.create(dir.resolve("shadow"), PAGES * Logs.PAGE, Reserve.RESERVED);
        PauseHelper helper = new PauseHelper()) {
      LogOwner owner = log.owner();
      LogStandby standby = log.standby();
      ShadowImage sink = new ShadowImage(shadow);
      long epoch = 0;
      owned = applied = -1;
      for (int i = 0; i < ATTEMPTS && (owned != 0 || applied != 0); i++) {
        owned = 0;
        applied = 0;
        for (int n = 0; n < EPOCHS; n++) {
          epoch(owner, helper, standby, sink, ++epoch);
        }
      }
      assertThat(List.of(owned, applied))
          .as("bytes that %s epochs allocate at the owner and at the standby", EPOCHS)
          .containsExactly(0L, 0L);
    }
  }

  private void epoch(
      LogOwner owner, PauseHelper helper, LogStandby standby, ImageSink sink, long epoch) {
    runs.clear();
    for (int i = 0; i < 40; i++) {
      runs.add(random.nextInt(PAGES - 20) * Logs.PAGE, (1 + random.nextInt(20)) * Logs.PAGE);
    }
    long before = threads.getCurrentThreadAllocatedBytes();
    owner.begin(epoch);
    owner.pages(live, runs, Logs.FORBIDDEN, helper);
    owner.state(state, state.byteSize(), Logs.FORBIDDEN);
    owner.commit();
    boolean taken = owner.takenAcquire();
    long between = threads.getCurrentThreadAllocatedBytes();
    boolean polled = standby.poll(sink);
    long after = threads.getCurrentThreadAllocatedBytes();
    owned += between - before;
    applied += after - between;
    if (taken || !polled || standby.appliedEpoch() != epoch) {
      throw new AssertionError("epoch " + epoch);
    }
  }
}
