package org.nilmigration.daemon.bench.section;

import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.ByteSize;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.daemon.bench.guest.BenchGuest;
import org.nilmigration.daemon.bench.guest.MovingGuest;
import org.nilmigration.daemon.bench.report.Figure;
import org.nilmigration.daemon.bench.report.Goal;
import org.nilmigration.daemon.bench.report.Samples;
import org.nilmigration.migration.qemu.PreCopy;

/**
 * What a planned move costs a guest that rewrites its memory all the time, beside QEMU's own
 * pre-copy and post-copy of the same running guest over a Unix socket. Half of those come before,
 * half after the handoffs. All blackouts are read from {@link
 * org.nilmigration.migration.qemu.Blackout the same instrument}. In a post-copy the guest runs
 * early, and stalls at every page that has not come yet: its total time belongs beside its
 * blackout.
 */
public final class Migrations implements Section {
  private static final ByteSize SMALL = ByteSize.ofMiB(256);
  private static final ByteSize LARGE = ByteSize.ofMiB(8192);
  private static final Goal PRE_COPY_32_GOAL = Goal.atMost(0.20);
  private static final Goal PRE_COPY_64_GOAL = Goal.atMost(0.12);
  private static final Goal LOAD_GOAL = Goal.atMost(1.2);
  private static final Goal SIZE_GOAL = Goal.atMost(1.3);
  private static final Goal TOTAL_GOAL = Goal.atMost(0.01);
  private static final Duration WITHIN = Duration.ofMinutes(5);

  // A link of 1 Gbit/s. Pre-copy need not end on it: its time is then at least the bound.
  private static final long CAPPED_BYTES_PER_SECOND = 125_000_000;
  private static final Duration CAPPED_WITHIN = Duration.ofSeconds(60);

  @Override
  public String name() {
    return "migrations";
  }

  @Override
  public boolean standsForDaemon() {
    return true;
  }

  @Override
  public void run(Setting setting, Consumer<Figure> figures) throws Exception {
    new Run(setting, figures).all();
  }

  /** A guest of some size that rewrites some of its memory, and the name of its figures. */
  private record Load(ByteSize memory, int dirtyMiB) {
    String name() {
      return memory.equals(SMALL) ? dirtyMiB + "mib" : memory + "_" + dirtyMiB + "mib";
    }

    String programs() {
      return dirtyMiB == 0 ? "" : "nil.dirty=" + dirtyMiB;
    }
  }

  private interface Measurement<T> {
    T of(MovingGuest guest, Load load) throws InterruptedException;
  }

  private final class Run {
    private final Setting setting;
    private final Consumer<Figure> figures;
    private final int migrations;

    Run(Setting setting, Consumer<Figure> figures) {
      this.setting = setting;
      this.figures = figures;
      this.migrations = setting.times(4, 10);
    }

    void all() throws Exception {
      MovingGuest.Moves idle = on(new Load(SMALL, 0), this::handOff);
      on(new Load(SMALL, 32), (guest, load) -> besideQemu(guest, load, PRE_COPY_32_GOAL));
      MovingGuest.Moves loaded =
          on(
              new Load(SMALL, 64),
              (guest, load) -> {
                MovingGuest.Moves moves = besideQemu(guest, load, PRE_COPY_64_GOAL);
                besideCappedPreCopy(guest, load, moves);
                return moves;
              });
      MovingGuest.Moves large = on(new Load(LARGE, 64), this::handOff);
      ratio("blackout_ms.64mib", loaded.blackout(), "idle guest", idle.blackout(), LOAD_GOAL);
      ratio(
          "blackout_ms.8gib_64mib",
          large.blackout(),
          "guest of 256 MiB",
          loaded.blackout(),
          SIZE_GOAL);
    }

    private <T> T on(Load load, Measurement<T> measurement) throws Exception {
      step(load, "booting the guest");
      try (BenchGuest guest =
          new BenchGuest(
              setting.machines().getFirst(),
              setting.accelerator(),
              setting.image(),
              load.memory(),
              load.programs())) {
        MappedFile live = guest.newImage();
        return measurement.of(new MovingGuest(guest, guest.boot(live), live), load);
      }
    }

    private MovingGuest.Moves handOff(MovingGuest guest, Load load) throws InterruptedException {
      step(load, migrations + " handoffs");
      MovingGuest.Moves moves = guest.handOff(migrations);
      absolute(load, "total_ms", moves.total().medianMillis());
      absolute(load, "blackout_ms.p99", moves.blackout().p99Millis());
      return moves;
    }

    private MovingGuest.Moves besideQemu(MovingGuest guest, Load load, Goal goal)
        throws InterruptedException {
      Samples preCopy = new Samples();
      Samples postCopy = new Samples();
      Samples postCopyTotal = new Samples();
      step(load, "pre-copy and post-copy migrations");
      preCopy(guest, migrations / 2, preCopy);
      postCopy(guest, migrations / 2, postCopy, postCopyTotal);
      MovingGuest.Moves moves = handOff(guest, load);
      step(load, "post-copy and pre-copy migrations, again");
      postCopy(guest, migrations - migrations / 2, postCopy, postCopyTotal);
      PreCopy.Result last = preCopy(guest, migrations - migrations / 2, preCopy);
      ratio("blackout_ms." + load.name(), moves.blackout(), "QEMU pre-copy", preCopy, goal);
      ratio("blackout_ms." + load.name(), moves.blackout(), "QEMU post-copy", postCopy, null);
      ratio("total_ms." + load.name(), moves.total(), "QEMU post-copy", postCopyTotal, null);
      absolute(load, "precopy_total_ms.last", last.totalNanos() / 1e6);
      absolute(load, "precopy_downtime_ms.last", (double) last.downtimeMillis());
      absolute(load, "precopy_passes.last", (double) last.passes());
      absolute(load, "precopy_transferred_mib.last", last.transferredBytes() / (double) (1 << 20));
      return moves;
    }

    private PreCopy.Result preCopy(MovingGuest guest, int count, Samples blackout) {
      PreCopy.Result last = null;
      for (int i = 0; i < count; i++) {
        last = guest.preCopy(PreCopy.UNLIMITED, WITHIN, blackout);
        if (!last.completed()) {
          throw new FaultException(
              FaultKind.TIMEOUT,
              "an uncapped pre-copy migration did not end within %s: found %s, expected it to end; is the machine overloaded?"
                  .formatted(WITHIN, last));
        }
      }
      return last;
    }

    private void postCopy(MovingGuest guest, int count, Samples blackout, Samples total) {
      for (int i = 0; i < count; i++) {
        guest.postCopy(WITHIN, blackout, total);
      }
    }

    private void besideCappedPreCopy(MovingGuest guest, Load load, MovingGuest.Moves moves) {
      Samples total = new Samples();
      boolean ended = true;
      step(load, "pre-copy at 125 MB/s");
      for (int i = 0; i < migrations && ended; i++) {
        PreCopy.Result result =
            guest.preCopy(CAPPED_BYTES_PER_SECOND, CAPPED_WITHIN, new Samples());
        ended = result.completed();
        total.add(result.totalNanos());
      }
      String bound = ended ? "" : ", not ended after " + CAPPED_WITHIN.toSeconds() + " s";
      ratio(
          "total_ms." + load.name(),
          moves.total(),
          "pre-copy at 125 MB/s" + bound,
          total,
          TOTAL_GOAL);
    }

    private void step(Load load, String what) {
      setting.doing(Migrations.this, load.name() + ", " + what);
    }

    private void ratio(String figure, Samples value, String against, Samples reference, Goal goal) {
      figures.accept(
          Figure.medians(name() + "." + figure + ".p50", value, against, reference, goal));
    }

    private void absolute(Load load, String figure, double value) {
      figures.accept(
          Figure.absolute(
              name() + "." + figure + "." + load.name().toLowerCase(Locale.ROOT), value, null));
    }
  }
}
