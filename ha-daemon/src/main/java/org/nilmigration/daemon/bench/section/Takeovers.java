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
 * Takeovers by whole hosts after the owner's process tree was killed: from the suspicion until the
 * guest runs, against a bare state load, which is what the last step of each takeover does.
 */
public final class Takeovers implements Section {
  private static final Goal LOADS = Goal.atMost(2);
  private static final Goal P99_MILLIS = Goal.atMost(50);

  private final HostKills kills;

  public Takeovers(HostKills kills) {
    this.kills = kills;
  }

  @Override
  public String name() {
    return "takeovers";
  }

  @Override
  public void run(Setting setting, Consumer<Figure> figures) throws Exception {
    for (MachineType machine : setting.machines()) {
      String word = machine.name().toLowerCase(Locale.ROOT);
      setting.doing(this, word + ", bare state loads");
      Samples load = new Samples();
      loads(setting, machine, load);
      HostKills.Results done = kills.on(machine, this, setting);
      Samples resume = done.suspectedToRunning();
      setting.doing(this, word + ", bare state loads, again");
      loads(setting, machine, load);
      String figure = name() + ".suspected_to_running_ms." + word;
      figures.accept(Figure.medians(figure + ".p50", resume, "bare state load", load, LOADS));
      figures.accept(Figure.absolute(figure + ".p99", resume.p99Millis(), P99_MILLIS));
      Samples zooKeeper = done.zooKeeper();
      figures.accept(
          Figure.absolute(
                  name() + ".zookeeper_has_the_owner_ms." + word + ".p50",
                  zooKeeper.medianMillis(),
                  null)
              .with(zooKeeper.distribution("until ZooKeeper has the new owner")));
    }
  }

  private static void loads(Setting setting, MachineType machine, Samples load) throws Exception {
    try (BenchGuest guest =
        new BenchGuest(machine, setting.accelerator(), setting.image(), BenchGuest.MEMORY, "")) {
      MappedFile live = guest.newImage();
      new MovingGuest(guest, guest.boot(live), live).loads(setting.times(5, 20), load);
    }
  }
}
