package org.nilmigration.daemon.bench.section;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Random;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.image.ShadowImage;
import org.nilmigration.checkpoint.log.BackPressure;
import org.nilmigration.checkpoint.log.EpochLog;
import org.nilmigration.checkpoint.log.LogIdentity;
import org.nilmigration.checkpoint.log.LogOwner;
import org.nilmigration.checkpoint.log.LogStandby;
import org.nilmigration.checkpoint.memory.CacheFlush;
import org.nilmigration.checkpoint.memory.FlushProbe;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.memory.PauseHelper;
import org.nilmigration.checkpoint.memory.Reserve;
import org.nilmigration.config.RegionFlush;
import org.nilmigration.daemon.bench.floor.CopyFloor;
import org.nilmigration.daemon.bench.report.Samples;

/**
 * How fast a log takes epochs and a standby applies them, beside memcpy of as many pages that lie
 * as far apart: in turns, in one process, over files in one directory. One thread at a time, but
 * for what is said to be by two.
 */
final class LogRates implements AutoCloseable {
  private static final long STATE_BYTES = 64 << 10;
  private static final BackPressure NONE =
      () -> {
        throw new IllegalStateException("an epoch of the bench is larger than its ring");
      };

  /**
   * A sample for each round after the warm-up.
   *
   * @param floor memcpy of the pages
   * @param pages the owner's {@code pages}
   * @param pagesByTwo the same of another epoch, with a second thread
   * @param epoch {@code begin} to {@code commit} of the same epoch, with 64 KiB of device state
   * @param applied a standby's whole way with that epoch, from the ring to its image
   */
  record Rates(Samples floor, Samples pages, Samples pagesByTwo, Samples epoch, Samples applied) {
    Rates() {
      this(new Samples(), new Samples(), new Samples(), new Samples(), new Samples());
    }
  }

  private final CopyFloor floor;
  private final EpochLog log;
  private final LogOwner owner;
  private final LogStandby standby;
  private final MappedFile shadow;
  private final ShadowImage sink;
  private final MemorySegment state = Arena.ofAuto().allocate(STATE_BYTES, 64);
  private final Random random = new Random(1);
  private final BitSet chosen = new BitSet();
  private final PageRuns runs = new PageRuns();
  private final PauseHelper helper = new PauseHelper();
  private long epoch;
  private long started;
  private long appended;
  private long committed;
  private long applied;

  /**
   * @param directory on the file system that a region would be on
   * @param imageBytes of the guest
   * @param mode whether log and shadow image are flushed from the caches
   */
  LogRates(Path directory, long imageBytes, RegionFlush mode) {
    floor = new CopyFloor(directory, imageBytes);
    CacheFlush flush = flush(directory.resolve("rates-probe"), mode);
    shadow =
        MappedFile.create(directory.resolve("rates-shadow"), imageBytes, Reserve.RESERVED, flush);
    shadow.unlink();
    log =
        EpochLog.create(
            directory.resolve("rates.log"),
            new LogIdentity("bench", 1, 1, imageBytes, true, 0),
            CopyFloor.RING_BYTES,
            flush);
    log.file().unlink();
    owner = log.owner();
    standby = log.standby();
    sink = new ShadowImage(shadow);
  }

  private static CacheFlush flush(Path path, RegionFlush mode) {
    try (MappedFile file = MappedFile.create(path, 4096, Reserve.RESERVED)) {
      CacheFlush flush = FlushProbe.of(path).flush(mode);
      file.unlink();
      return flush;
    }
  }

  /**
   * @param pages of an epoch; less than {@link CopyFloor#RING_BYTES} hold
   * @param runPages pages that lie together
   * @param rounds to measure, after a quarter as many to warm up
   */
  Rates measure(int pages, int runPages, int rounds) {
    Rates rates = new Rates();
    for (int i = -rounds / 4; i < rounds; i++) {
      boolean warm = i >= 0;
      choose(pages, runPages);
      long copied = floor.scattered(runs);
      choose(pages, runPages);
      epoch(null);
      if (warm) {
        rates.floor.add(copied);
        rates.pages.add(appended - started);
        rates.epoch.add(committed - started);
        rates.applied.add(applied - committed);
      }
      choose(pages, runPages);
      epoch(helper);
      if (warm) {
        rates.pagesByTwo.add(appended - started);
      }
    }
    return rates;
  }

  /** One epoch of the pages that are chosen, from the owner to the standby's image. */
  private void epoch(PauseHelper second) {
    started = System.nanoTime();
    owner.begin(++epoch);
    owner.pages(floor.image().segment(), runs, NONE, second);
    appended = System.nanoTime();
    owner.state(state, STATE_BYTES, NONE);
    long unused = owner.commit();
    committed = System.nanoTime();
    boolean polled = standby.poll(sink);
    applied = System.nanoTime();
    if (!polled || standby.appliedEpoch() != epoch) {
      throw new IllegalStateException("epoch " + epoch + " was not applied");
    }
  }

  /** Others each time, so that no cache holds them. */
  private void choose(int pages, int runPages) {
    int places = (int) (floor.image().size() / PageRuns.PAGE_BYTES / runPages);
    chosen.clear();
    while (chosen.cardinality() < pages / runPages) {
      chosen.set(random.nextInt(places));
    }
    runs.clear();
    long length = runPages * PageRuns.PAGE_BYTES;
    for (int at = chosen.nextSetBit(0); at >= 0; at = chosen.nextSetBit(at + 1)) {
      runs.add(at * length, length);
    }
  }

  @Override
  public void close() {
    helper.close();
    log.close();
    shadow.close();
    floor.close();
  }
}
