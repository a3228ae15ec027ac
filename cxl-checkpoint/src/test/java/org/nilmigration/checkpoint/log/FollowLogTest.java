package org.nilmigration.checkpoint.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An owner and a standby in two threads over two mappings of one log; the ring goes round hundreds
 * of times. Every page of an epoch carries the epoch's number, so a torn epoch shows.
 *
 * <p>Break it: let {@link LogOwner} not wait for the consumed position, or let {@link LogStandby}
 * publish it before the payload was copied. The order of the owner's stores is held, without luck,
 * by {@link PublicationOrderTest}.
 */
class FollowLogTest {
  private static final int PAGES = 12;
  private static final long EPOCHS = 4000;

  @TempDir Path dir;

  @Test
  void theStandbySeesWholeEpochsOnly() throws Exception {
    Path path = dir.resolve("followed");
    try (EpochLog mine = EpochLog.create(path, Logs.identity(PAGES, true, 0), Logs.RING);
        EpochLog theirs = EpochLog.open(path);
        ExecutorService threads = Executors.newFixedThreadPool(2)) {
      Future<?> standby = threads.submit(() -> follow(theirs.standby()));
      Future<?> owner = threads.submit(() -> write(mine.owner(), standby));
      owner.get();
      standby.get();
    }
  }

  private static void write(LogOwner log, Future<?> standby) {
    BackPressure pressure =
        () -> {
          assertThat(standby.isDone()).as("the standby gave up").isFalse();
          LockSupport.parkNanos(1);
        };
    Random random = new Random(7);
    MemorySegment live = Logs.memory(PAGES);
    for (long epoch = 1; epoch <= EPOCHS; epoch++) {
      live.set(ValueLayout.JAVA_LONG, 0, epoch);
      for (long page = 1; page < PAGES; page++) {
        live.set(ValueLayout.JAVA_LONG, page * Logs.PAGE, epoch);
        live.set(ValueLayout.JAVA_LONG, (page + 1) * Logs.PAGE - 8, epoch);
      }
      log.begin(epoch);
      int split = 1 + random.nextInt(PAGES - 2);
      log.pages(live, Logs.runs(0, split), pressure);
      MemorySegment state = Logs.bytes("epoch " + epoch);
      log.state(state, state.byteSize(), pressure);
      log.pages(live, Logs.runs(split, PAGES - split), pressure);
      log.commit();
    }
  }

  private static void follow(LogStandby log) {
    MemorySegment shadow = Logs.memory(PAGES);
    ImageSink sink = Logs.sink(shadow);
    while (log.appliedEpoch() < EPOCHS) {
      if (!log.poll(sink)) {
        LockSupport.parkNanos(1);
        continue;
      }
      long epoch = log.appliedEpoch();
      for (long page = 1; page < PAGES && epoch > 0; page++) {
        assertThat(shadow.get(ValueLayout.JAVA_LONG, page * Logs.PAGE)).isEqualTo(epoch);
        assertThat(shadow.get(ValueLayout.JAVA_LONG, (page + 1) * Logs.PAGE - 8)).isEqualTo(epoch);
      }
      if (epoch > 0) {
        assertThat(Logs.text(log.state())).isEqualTo("epoch " + epoch);
      }
    }
  }
}
