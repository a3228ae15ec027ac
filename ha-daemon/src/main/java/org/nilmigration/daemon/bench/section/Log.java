package org.nilmigration.daemon.bench.section;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.RegionFlush;
import org.nilmigration.daemon.bench.floor.CopyFloor;
import org.nilmigration.daemon.bench.guest.BenchGuest;
import org.nilmigration.daemon.bench.report.Figure;
import org.nilmigration.daemon.bench.report.Goal;
import org.nilmigration.daemon.bench.report.Samples;

/**
 * How fast guest pages go into a log, and on into a standby's image, beside the C library's memcpy
 * of the same pages; and what it costs to flush them from the processor's caches.
 */
public final class Log implements Section {
  private static final Goal RATE = Goal.atLeast(0.9);
  private static final int[] PAGES = {512, 2048, 8192};
  private static final int PAGES_OF_FLUSH = 2048;
  private static final int RUN_PAGES = 8;
  private static final int WARM_UP_ROUNDS = 200;
  private static final double GIB = 1L << 30;

  @Override
  public String name() {
    return "log";
  }

  @Override
  public boolean standsForDaemon() {
    return true;
  }

  @Override
  public void run(Setting setting, Consumer<Figure> figures) throws IOException {
    Path directory = Files.createTempDirectory(Path.of("/dev/shm"), "nil-bench-");
    try {
      int rounds = setting.times(40, 400);
      setting.doing(this, "large blocks");
      block(directory, rounds, figures);
      try (LogRates log = new LogRates(directory, BenchGuest.MEMORY.bytes(), RegionFlush.NEVER)) {
        setting.doing(this, "until what runs often is compiled");
        LogRates.Rates unused = log.measure(PAGES_OF_FLUSH, 1, WARM_UP_ROUNDS);
        for (int pages : PAGES) {
          setting.doing(this, pages + " scattered pages");
          report(pages + "_pages", pages, log.measure(pages, 1, rounds), RATE, figures);
        }
        setting.doing(this, PAGES_OF_FLUSH + " pages in runs of " + RUN_PAGES);
        report(
            PAGES_OF_FLUSH + "_pages_in_runs_of_" + RUN_PAGES,
            PAGES_OF_FLUSH,
            log.measure(PAGES_OF_FLUSH, RUN_PAGES, rounds),
            null,
            figures);
        flush(setting, directory, log.measure(PAGES_OF_FLUSH, 1, rounds).epoch(), figures);
      }
    } finally {
      Files.delete(directory);
    }
  }

  private static void block(Path directory, int rounds, Consumer<Figure> figures) {
    Samples block = new Samples();
    try (CopyFloor floor = new CopyFloor(directory, BenchGuest.MEMORY.bytes())) {
      for (int i = 0; i < rounds / 4; i++) {
        block.add(floor.block());
      }
    }
    figures.accept(
        Figure.absolute("log.memcpy_gib_per_s.64mib", rate(CopyFloor.RING_BYTES, block), null)
            .with(block.distribution("memcpy of 64 MiB")));
  }

  private static void report(
      String what, int pages, LogRates.Rates rates, Goal goal, Consumer<Figure> figures) {
    long bytes = pages * PageRuns.PAGE_BYTES;
    figures.accept(besideMemcpy("append", what, bytes, rates.pages(), rates.floor(), goal));
    figures.accept(
        besideMemcpy("append_by_two", what, bytes, rates.pagesByTwo(), rates.floor(), null));
    figures.accept(besideMemcpy("apply", what, bytes, rates.applied(), rates.floor(), null));
  }

  private static Figure besideMemcpy(
      String step, String what, long bytes, Samples samples, Samples floor, Goal goal) {
    return Figure.ratio(
            "log." + step + "_gib_per_s." + what,
            rate(bytes, samples),
            "memcpy of the same pages",
            rate(bytes, floor),
            goal)
        .with(samples.distribution(step), floor.distribution("memcpy"));
  }

  /** Left out where there is no libpmem: such a host can have no region that needs it. */
  private void flush(Setting setting, Path directory, Samples without, Consumer<Figure> figures) {
    setting.doing(this, "with caches flushed");
    try (LogRates log = new LogRates(directory, BenchGuest.MEMORY.bytes(), RegionFlush.ALWAYS)) {
      Samples with = log.measure(PAGES_OF_FLUSH, 1, setting.times(40, 400)).epoch();
      figures.accept(
          Figure.medians(
              "log.epoch_ms." + PAGES_OF_FLUSH + "_pages_flushed.p50",
              with,
              "not flushed",
              without,
              null));
    } catch (FaultException e) {
      if (e.kind() != FaultKind.UNAVAILABLE) {
        throw e;
      }
      setting.doing(this, e.getMessage());
    }
  }

  private static double rate(long bytes, Samples samples) {
    return bytes / GIB / (samples.medianMillis() / 1e3);
  }
}
