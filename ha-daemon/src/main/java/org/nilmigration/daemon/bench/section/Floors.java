package org.nilmigration.daemon.bench.section;

import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;
import org.nilmigration.checkpoint.dirty.DirtyTracker;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.ByteSize;
import org.nilmigration.config.MachineType;
import org.nilmigration.daemon.bench.floor.WakeUp;
import org.nilmigration.daemon.bench.floor.WriteProtectFault;
import org.nilmigration.daemon.bench.guest.BenchGuest;
import org.nilmigration.daemon.bench.guest.MovingGuest;
import org.nilmigration.daemon.bench.guest.RemotePages;
import org.nilmigration.daemon.bench.report.Figure;
import org.nilmigration.daemon.bench.report.Samples;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.StateBuffer;

/**
 * What the kernel and QEMU take by themselves, each piece alone: what every epoch, move and
 * takeover is made of. Only reported.
 */
public final class Floors implements Section {
  private static final ByteSize LARGE = ByteSize.ofMiB(8192);
  private static final Duration PARK = Duration.ofMillis(1);
  private static final int[] DIRTY_PAGES = {0, 2048, RemotePages.PAGES_MAX};
  private static final int[] DIRTY_PAGES_OF_LARGE = {0, 2048};

  @Override
  public String name() {
    return "floors";
  }

  @Override
  public boolean standsForDaemon() {
    return true;
  }

  @Override
  public void run(Setting setting, Consumer<Figure> figures) throws Exception {
    setting.doing(this, "write-protect faults and wake-ups");
    kernel(setting, figures);
    for (MachineType machine : setting.machines()) {
      guest(setting, machine, figures);
    }
    setting.doing(this, "a guest of " + LARGE);
    MachineType machine = setting.machines().getFirst();
    try (BenchGuest guest = newGuest(setting, machine, LARGE)) {
      MappedFile live = guest.newImage();
      scans(setting, guest.boot(live), live, DIRTY_PAGES_OF_LARGE, figures);
    }
  }

  private void kernel(Setting setting, Consumer<Figure> figures) {
    figures.accept(
        micros(
            "write_protect_fault_us",
            WriteProtectFault.measure(setting.times(10_000, 100_000)),
            "a first write to a page after it was armed, less one while it is not armed"));
    figures.accept(
        micros(
            "unpark_us",
            WakeUp.unparks(setting.times(300, 3000)),
            "unpark of a thread until it runs"));
    figures.accept(
        micros(
            "park_1ms_late_us",
            WakeUp.timedParks(setting.times(300, 3000), PARK),
            "lateness of a park of 1 ms"));
  }

  private static BenchGuest newGuest(Setting setting, MachineType machine, ByteSize memory) {
    return new BenchGuest(
        machine, setting.accelerator(), setting.image(), memory, RemotePages.programs(memory));
  }

  private void guest(Setting setting, MachineType machine, Consumer<Figure> figures)
      throws Exception {
    String word = machine.name().toLowerCase(Locale.ROOT);
    setting.doing(this, word + ", booting the guest");
    try (BenchGuest guest = newGuest(setting, machine, BenchGuest.MEMORY)) {
      MappedFile live = guest.newImage();
      GuestProcess vm = guest.boot(live);
      setting.doing(this, word + ", stop, state save, cont");
      pauses(setting, word, vm, figures);
      if (machine == setting.machines().getFirst()) {
        setting.doing(this, "looks at the dirty pages");
        scans(setting, vm, live, DIRTY_PAGES, figures);
      }
      setting.doing(this, word + ", state loads");
      Samples load = new Samples();
      new MovingGuest(guest, vm, live).loads(setting.times(5, 20), load);
      figures.accept(millis("state_load_ms." + word, load, "state load until the guest runs"));
    }
  }

  private void pauses(Setting setting, String machine, GuestProcess vm, Consumer<Figure> figures)
      throws InterruptedException {
    Samples stopAndCont = new Samples();
    Samples save = new Samples();
    try (StateBuffer state = new StateBuffer()) {
      for (int i = 0; i < setting.times(50, 400); i++) {
        Thread.sleep(BenchGuest.INTERVAL);
        long start = System.nanoTime();
        vm.pause();
        vm.resume();
        stopAndCont.add(System.nanoTime() - start);
        Thread.sleep(BenchGuest.INTERVAL);
        vm.pause();
        start = System.nanoTime();
        vm.capture(state);
        save.add(System.nanoTime() - start);
        vm.resume();
      }
    }
    figures.accept(
        millis("stop_cont_ms." + machine, stopAndCont, "stop and cont, nothing between"));
    figures.accept(
        millis("state_save_ms." + machine, save, "state save of a guest that stands still"));
  }

  /** The guest stands still, so that nothing is written but what is meant to be. */
  private void scans(
      Setting setting,
      GuestProcess vm,
      MappedFile live,
      int[] dirtyPages,
      Consumer<Figure> figures) {
    vm.pause();
    String size = new ByteSize(live.size()).toString().toLowerCase(Locale.ROOT);
    try (RemotePages pages = RemotePages.of(vm.pid(), live);
        DirtyTracker tracker = vm.track()) {
      for (int dirty : dirtyPages) {
        Samples look = new Samples();
        PageRuns runs = new PageRuns();
        for (int i = 0; i < setting.times(30, 200); i++) {
          pages.write(dirty);
          runs.clear();
          long start = System.nanoTime();
          tracker.collectEarly(runs); // which arms them however often it finds them
          look.add(System.nanoTime() - start);
        }
        figures.accept(
            millis(
                "pagemap_scan_ms." + size + "." + dirty + "_pages",
                look,
                "PAGEMAP_SCAN that finds and arms them"));
      }
    }
    vm.resume();
  }

  private Figure millis(String figure, Samples samples, String series) {
    return Figure.absolute(name() + "." + figure + ".p50", samples.medianMillis(), null)
        .with(samples.distribution(series));
  }

  private Figure micros(String figure, Samples samples, String series) {
    return Figure.absolute(name() + "." + figure + ".p50", samples.medianMillis() * 1e3, null)
        .with(samples.distribution(series));
  }
}
