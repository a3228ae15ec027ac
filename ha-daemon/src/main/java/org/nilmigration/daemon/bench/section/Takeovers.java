package org.nilmigration.daemon.bench.section;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.MachineType;
import org.nilmigration.daemon.bench.guest.BenchGuest;
import org.nilmigration.daemon.bench.guest.MovingGuest;
import org.nilmigration.daemon.bench.report.Figure;
import org.nilmigration.daemon.bench.report.Goal;
import org.nilmigration.daemon.bench.report.Samples;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabGuest;
import org.nilmigration.daemon.lab.LabOptions;

/**
 * Takeovers by whole hosts after the owner's process tree was killed: from the suspicion until the
 * guest runs, against a bare state load, which is what the last step of each takeover does.
 */
public final class Takeovers implements Section {
  private static final Duration WITHIN = Duration.ofMinutes(2);
  private static final Goal LOADS = Goal.atMost(2);
  private static final Goal P99_MILLIS = Goal.atMost(50);

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
      Samples resume = new Samples();
      Samples detection = new Samples();
      takeovers(setting, machine, resume, detection);
      setting.doing(this, word + ", bare state loads, again");
      loads(setting, machine, load);
      String figure = name() + ".suspected_to_running_ms." + word;
      figures.accept(Figure.medians(figure + ".p50", resume, "bare state load", load, LOADS));
      figures.accept(Figure.absolute(figure + ".p99", resume.p99Millis(), P99_MILLIS));
      figures.accept(
          Figure.absolute(
                  name() + ".killed_to_suspected_ms." + word + ".p50",
                  detection.medianMillis(),
                  null)
              .with(detection.distribution("killed to suspected")));
    }
  }

  private static void loads(Setting setting, MachineType machine, Samples load) throws Exception {
    try (BenchGuest guest =
        new BenchGuest(machine, setting.accelerator(), setting.image(), BenchGuest.MEMORY, "")) {
      MappedFile live = guest.newImage();
      new MovingGuest(guest, guest.boot(live), live).loads(setting.times(5, 20), load);
    }
  }

  private void takeovers(Setting setting, MachineType machine, Samples resume, Samples detection) {
    int count = setting.times(5, 30);
    try (Lab lab = Lab.open(LabOptions.twoHosts().withAccelerator(setting.accelerator()))) {
      lab.host("A").start();
      lab.host("B").start();
      LabGuest guest = new LabGuest(lab, "bench");
      lab.host("A").api().apply(LabGuest.config("bench", setting.image(), machine, "", "A"));
      String owner = "A";
      String standby = "B";
      for (int i = 1; i <= count; i++) {
        setting.doing(this, "host kill %d of %d".formatted(i, count));
        long generation = guest.awaitProtected(owner, standby, WITHIN).generation();
        long killed = lab.host(owner).kill().firstNanos();
        Map<String, String> evidence =
            guest.awaitTakeover(standby, generation + 1, WITHIN).evidence();
        long suspected = Long.parseLong(evidence.get("suspectedNanos"));
        detection.add(suspected - killed);
        resume.add(Long.parseLong(evidence.get("runningNanos")) - suspected);
        lab.host(owner).start();
        String next = standby;
        standby = owner;
        owner = next;
      }
    }
  }
}
