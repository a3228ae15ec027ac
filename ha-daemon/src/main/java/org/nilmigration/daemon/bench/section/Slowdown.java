package org.nilmigration.daemon.bench.section;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.nilmigration.checkpoint.dirty.DirtyTracker;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.EpochConfig;
import org.nilmigration.daemon.bench.floor.WriteProtectFault;
import org.nilmigration.daemon.bench.guest.BenchGuest;
import org.nilmigration.daemon.bench.guest.HotLoad;
import org.nilmigration.daemon.bench.guest.Pair;
import org.nilmigration.daemon.bench.report.Figure;
import org.nilmigration.daemon.bench.report.Goal;
import org.nilmigration.daemon.bench.report.Samples;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.protect.ProtectorStatus;

/**
 * How much slower a guest gets through its work while it is protected: a guest that does nothing
 * but rewrite some memory, unprotected, protected, and unprotected again. Beside it stands what
 * cannot be avoided: it stands still in pauses, and its first write to a page after each look at
 * the dirty pages faults.
 */
public final class Slowdown implements Section {
  private static final int WARM_UP_EPOCHS = 300;
  private static final int KIB_PER_PAGE = (int) PageRuns.PAGE_BYTES / 1024;

  /**
   * @param intervalMillis of the epochs
   * @param hotPages what the guest rewrites
   * @param slowdown goal for the time of a pass, protected / unprotected
   * @param excess goal for that ratio / the one that pauses and faults explain
   */
  private record Load(int intervalMillis, int hotPages, Goal slowdown, Goal excess) {
    @Override
    public String toString() {
      return intervalMillis + "_ms." + hotPages + "_pages";
    }
  }

  private static final List<Load> LOADS =
      List.of(
          new Load(50, 512, Goal.atMost(1.10), null),
          new Load(25, 512, null, null),
          new Load(25, 8192, null, Goal.atMost(1.2)),
          new Load(25, 16384, null, null));

  @Override
  public String name() {
    return "slowdown";
  }

  @Override
  public boolean standsForDaemon() {
    return true;
  }

  @Override
  public void run(Setting setting, Consumer<Figure> figures) throws Exception {
    Samples faults = new Samples();
    for (Load load : LOADS) {
      setting.doing(this, load + ", write-protect faults");
      faults.addAll(WriteProtectFault.measure(setting.times(2_000, 20_000)));
      try (BenchGuest guest =
          new BenchGuest(
              setting.machines().getFirst(),
              setting.accelerator(),
              setting.image(),
              BenchGuest.MEMORY,
              HotLoad.programs(load.hotPages() * KIB_PER_PAGE))) {
        report(load, measure(setting, guest, load), faults, figures);
      }
    }
  }

  /**
   * What one load gave.
   *
   * @param unprotected milliseconds for a pass over the memory
   * @param isProtected the same while protected
   * @param periodMillis from one commit to the next
   * @param pauseMillis median
   * @param faults of writes to pages that were tracked, for each epoch
   */
  private record Found(
      double unprotected,
      double isProtected,
      double periodMillis,
      double pauseMillis,
      double faults) {

    double predicted(double faultMillis) {
      return periodMillis / (periodMillis - pauseMillis - faults * faultMillis);
    }
  }

  private Found measure(Setting setting, BenchGuest guest, Load load) throws InterruptedException {
    Duration window = Duration.ofSeconds(setting.times(5, 20));
    MappedFile live = guest.newImage();
    setting.doing(this, load + ", booting the guest");
    GuestProcess vm = guest.boot(live);
    HotLoad work = new HotLoad(guest.launch("a", live, false).consoleLog());
    setting.doing(this, load + ", unprotected");
    double before = work.passMillis(window);
    Duration interval = Duration.ofMillis(load.intervalMillis());
    EpochConfig pace = new EpochConfig(interval, interval, interval, EpochConfig.DEFAULT.log());
    MappedFile shadow = guest.newImage();
    double isProtected;
    ProtectorStatus start;
    ProtectorStatus end;
    try (BenchGuest.PairLog log = guest.newLog(false, 0);
        DirtyTracker tracker = vm.track();
        Pair pair = guest.protect(vm, tracker, log, live, shadow, pace)) {
      setting.doing(this, load + ", protected");
      start = pair.awaitEpochs(WARM_UP_EPOCHS);
      isProtected = work.passMillis(window);
      end = pair.awaitEpochs(WARM_UP_EPOCHS);
    }
    setting.doing(this, load + ", unprotected again");
    double after = work.passMillis(window);
    double epochs = end.epochs() - start.epochs();
    return new Found(
        (before + after) / 2,
        isProtected,
        (end.committedNanos() - start.committedNanos()) / 1e6 / epochs,
        end.pause().p50Millis(),
        (end.writeFaults() - start.writeFaults()) / epochs);
  }

  private void report(Load load, Found found, Samples faults, Consumer<Figure> figures) {
    String figure = name() + ".pass_ms." + load;
    figures.accept(
        Figure.ratio(
            figure, found.isProtected(), "unprotected", found.unprotected(), load.slowdown()));
    String explained =
        String.format(
            Locale.ROOT,
            "of %.1f ms: pause %.1f ms, %.0f faults of %.2f us",
            found.periodMillis(),
            found.pauseMillis(),
            found.faults(),
            faults.medianMillis() * 1e3);
    figures.accept(
        Figure.ratio(
                name() + ".factor." + load,
                found.isProtected() / found.unprotected(),
                explained,
                found.predicted(faults.medianMillis()),
                load.excess())
            .with(faults.distribution("write-protect fault")));
  }
}
