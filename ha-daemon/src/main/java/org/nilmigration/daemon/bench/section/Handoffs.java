package org.nilmigration.daemon.bench.section;

import java.util.Locale;
import java.util.function.Consumer;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.MachineType;
import org.nilmigration.daemon.bench.guest.BenchGuest;
import org.nilmigration.daemon.bench.guest.MovingGuest;
import org.nilmigration.daemon.bench.report.Figure;
import org.nilmigration.daemon.bench.report.Goal;
import org.nilmigration.daemon.bench.report.Samples;

/**
 * Blackout of a planned handoff against a bare QEMU-to-QEMU state-only migration ({@code
 * x-ignore-shared}) over the same shared file. Half of the bare ones come before, half after the
 * handoffs; before all of them, some handoffs by a JVM that has never done one.
 */
public final class Handoffs implements Section {
  private static final Goal GOAL = Goal.atMost(1.3);
  private static final String BARE = "bare state-only migration";

  @Override
  public String name() {
    return "handoffs";
  }

  @Override
  public boolean standsForDaemon() {
    return true;
  }

  @Override
  public void run(Setting setting, Consumer<Figure> figures) throws Exception {
    for (MachineType machine : setting.machines()) {
      String word = machine.name().toLowerCase(Locale.ROOT);
      setting.doing(this, word + ", booting the guest");
      try (BenchGuest guest =
          new BenchGuest(machine, setting.accelerator(), setting.image(), BenchGuest.MEMORY, "")) {
        MappedFile live = guest.newImage();
        measure(setting, word, new MovingGuest(guest, guest.boot(live), live), figures);
      }
    }
  }

  private void measure(Setting setting, String machine, MovingGuest guest, Consumer<Figure> figures)
      throws InterruptedException {
    int handoffs = setting.times(10, 40);
    Samples floor = new Samples();
    setting.doing(this, machine + ", until what a handoff runs is compiled");
    Samples first = guest.handOff(handoffs / 2).stopToRunning();
    setting.doing(this, machine + ", bare state-only migrations");
    guest.bare(handoffs / 2, floor);
    setting.doing(this, machine + ", " + handoffs + " handoffs");
    Samples blackout = guest.handOff(handoffs).stopToRunning();
    setting.doing(this, machine + ", bare state-only migrations, again");
    guest.bare(handoffs / 2, floor);
    String figure = name() + ".blackout_ms." + machine;
    figures.accept(Figure.medians(figure + ".p50", blackout, BARE, floor, GOAL));
    figures.accept(
        Figure.ratio(figure + ".p99", blackout.p99Millis(), BARE, floor.p99Millis(), null));
    figures.accept(Figure.medians(figure + ".uncompiled.p50", first, BARE, floor, null));
  }
}
