package org.nilmigration.daemon.bench.section;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;
import org.nilmigration.checkpoint.dirty.DirtyTracker;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.ByteSize;
import org.nilmigration.config.EpochConfig;
import org.nilmigration.config.MachineType;
import org.nilmigration.daemon.bench.guest.BenchGuest;
import org.nilmigration.daemon.bench.guest.DirtiedGuest;
import org.nilmigration.daemon.bench.guest.Pair;
import org.nilmigration.daemon.bench.guest.RemotePages;
import org.nilmigration.daemon.bench.report.Figure;
import org.nilmigration.daemon.bench.report.Goal;
import org.nilmigration.daemon.bench.report.Samples;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.StateBuffer;

/**
 * Epoch pause with a known number of pages to be copied in it, against the sum of what cannot be
 * avoided: stop, state save and cont by the same client with nothing else, the look at the dirty
 * pages, and one copy of them. All of it on the same guest, before and after the epochs.
 */
public final class Epochs implements Section {
  private static final Goal PAUSE_GOAL = Goal.atMost(1.25);
  private static final Goal SIZE_GOAL = Goal.atMost(3);
  private static final int[] DIRTY_PAGES = {0, 2048, 8192};
  private static final int PAGES_OF_SIZES = 2048;
  private static final ByteSize LARGE = ByteSize.ofMiB(8192);

  /** So long that the standby keeps up with the most pages. */
  private static final EpochConfig SLOW_PACE = pace(Duration.ofMillis(100));

  @Override
  public String name() {
    return "epochs";
  }

  @Override
  public boolean standsForDaemon() {
    return true;
  }

  @Override
  public void run(Setting setting, Consumer<Figure> figures) throws Exception {
    Samples small = new Samples();
    for (MachineType machine : setting.machines()) {
      String word = machine.name().toLowerCase(Locale.ROOT);
      try (Subject subject = new Subject(setting, machine, BenchGuest.MEMORY)) {
        for (int pages : DIRTY_PAGES) {
          Samples pauses = measure(setting, word, subject, pages, figures);
          if (pages == PAGES_OF_SIZES && machine == setting.machines().getFirst()) {
            small.addAll(pauses);
          }
        }
      }
    }
    sizes(setting, small, figures);
  }

  private Samples measure(
      Setting setting, String machine, Subject subject, int pages, Consumer<Figure> figures)
      throws InterruptedException {
    int epochs = setting.times(100, 400);
    String what = machine + ", " + pages + " dirty pages";
    setting.doing(this, what + ", floors");
    Floor floor = new Floor();
    subject.floor(floor, epochs / 4, pages);
    setting.doing(this, what + ", " + epochs + " epochs");
    Samples pauses = subject.epochs(epochs, pages);
    setting.doing(this, what + ", floors again");
    subject.floor(floor, epochs / 4, pages);
    String figure = "epochs.pause_ms." + machine + "." + pages + "_pages";
    String sum =
        String.format(
            Locale.ROOT,
            "stop+state+cont %.2f, scan %.2f, copy %.2f ms",
            floor.bare.medianMillis(),
            floor.scan.medianMillis(),
            floor.copy.medianMillis());
    figures.accept(
        Figure.ratio(figure + ".p50", pauses.medianMillis(), sum, floor.medianMillis(), PAUSE_GOAL)
            .with(
                pauses.distribution("epoch pause"),
                floor.bare.distribution("bare stop, state save and cont"),
                floor.scan.distribution("last look at the dirty pages"),
                floor.copy.distribution("one copy of them")));
    figures.accept(Figure.absolute(figure + ".p99", pauses.p99Millis(), null));
    return pauses;
  }

  private void sizes(Setting setting, Samples small, Consumer<Figure> figures) throws Exception {
    setting.doing(this, "a guest of " + LARGE);
    try (Subject subject = new Subject(setting, setting.machines().getFirst(), LARGE)) {
      Samples large = subject.epochs(setting.times(100, 400), PAGES_OF_SIZES);
      figures.accept(
          Figure.medians(
              "epochs.pause_ms.8gib." + PAGES_OF_SIZES + "_pages.p50",
              large,
              "guest of " + BenchGuest.MEMORY,
              small,
              SIZE_GOAL));
    }
  }

  private static EpochConfig pace(Duration interval) {
    return new EpochConfig(interval, interval, interval, EpochConfig.DEFAULT.log());
  }

  /** What every pause is made of at the least. */
  private static final class Floor {
    private final Samples bare = new Samples();
    private final Samples scan = new Samples();
    private final Samples copy = new Samples();

    double medianMillis() {
      return bare.medianMillis() + scan.medianMillis() + copy.medianMillis();
    }
  }

  /** One booted guest and its images. */
  private static final class Subject implements AutoCloseable {
    private final BenchGuest guest;
    private final MappedFile live;
    private final MappedFile shadow;
    private final GuestProcess vm;
    private final RemotePages pages;
    private long copied;

    Subject(Setting setting, MachineType machine, ByteSize memory) throws Exception {
      guest =
          new BenchGuest(
              machine,
              setting.accelerator(),
              setting.image(),
              memory,
              RemotePages.programs(memory));
      try {
        live = guest.newImage();
        shadow = guest.newImage();
        vm = guest.boot(live);
        pages = guest.keep(RemotePages.of(vm.pid(), live));
      } catch (RuntimeException | InterruptedException e) {
        guest.close();
        throw e;
      }
    }

    void floor(Floor floor, int count, int dirty) throws InterruptedException {
      try (StateBuffer state = new StateBuffer()) {
        for (int i = 0; i < count; i++) {
          Thread.sleep(BenchGuest.INTERVAL);
          long start = System.nanoTime();
          vm.capture(state);
          vm.resume();
          floor.bare.add(System.nanoTime() - start);
        }
      }
      try (DirtyTracker tracker = vm.track()) {
        PageRuns runs = new PageRuns();
        for (int i = 0; i < count; i++) {
          Thread.sleep(BenchGuest.INTERVAL);
          pages.write(dirty);
          runs.clear();
          long start = System.nanoTime();
          tracker.collect(runs);
          floor.scan.add(System.nanoTime() - start);
          floor.copy.add(copy(dirty));
        }
      }
    }

    /** To where nothing was copied lately, as into the ring of a log. */
    private long copy(int dirty) {
      long start = System.nanoTime();
      for (int i = 0; i < dirty; i++) {
        MemorySegment.copy(
            live.segment(),
            RemotePages.offset(live, i),
            shadow.segment(),
            copied,
            PageRuns.PAGE_BYTES);
        copied = (copied + PageRuns.PAGE_BYTES) % shadow.size();
      }
      return System.nanoTime() - start;
    }

    Samples epochs(int count, int dirty) throws InterruptedException {
      DirtiedGuest dirtied = new DirtiedGuest(vm, pages, dirty);
      EpochConfig pace = dirty > PAGES_OF_SIZES ? SLOW_PACE : BenchGuest.PACE;
      try (BenchGuest.PairLog log = guest.newLog(false, 0);
          DirtyTracker tracker = vm.track();
          Pair pair = guest.protect(dirtied, tracker, log, live, shadow, pace)) {
        pair.awaitEpochs(count);
      }
      return dirtied.pauses();
    }

    @Override
    public void close() throws Exception {
      guest.close();
    }
  }
}
