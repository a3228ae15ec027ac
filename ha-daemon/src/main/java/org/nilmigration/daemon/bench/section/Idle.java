package org.nilmigration.daemon.bench.section;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.nilmigration.config.EpochConfig;
import org.nilmigration.daemon.bench.guest.BenchGuest;
import org.nilmigration.daemon.bench.report.Figure;
import org.nilmigration.daemon.bench.report.Goal;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabGuest;
import org.nilmigration.daemon.lab.LabNic;
import org.nilmigration.daemon.lab.LabOptions;

/**
 * Processor time of one daemon while it protects, or stands by for, a guest that does nothing and
 * has a network that is gated and watched, in percent of one processor. QEMU's own time does not
 * count.
 */
public final class Idle implements Section {
  private static final String NAME = "bench";
  private static final String PROGRAMS = "nil.tick=3600";
  private static final String OWNER = "A";
  private static final String STANDBY = "B";
  private static final Duration WITHIN = Duration.ofMinutes(2);

  /** The default, but that an idle guest's epochs are no longer than a busy one's. */
  private static final EpochConfig EVERY_25_MS =
      new EpochConfig(
          BenchGuest.INTERVAL,
          EpochConfig.DEFAULT.outputInterval(),
          BenchGuest.INTERVAL,
          EpochConfig.DEFAULT.log());

  private static final Goal OWNER_PERCENT = Goal.atMost(5);

  @Override
  public String name() {
    return "idle";
  }

  private record Subject(String words, EpochConfig pace, Goal goal) {}

  @Override
  public void run(Setting setting, Consumer<Figure> figures) throws Exception {
    List<Subject> subjects =
        List.of(
            new Subject("25_ms", EVERY_25_MS, OWNER_PERCENT),
            new Subject("default", EpochConfig.DEFAULT, null));
    for (Subject subject : subjects) {
      measure(setting, subject, figures);
    }
  }

  private void measure(Setting setting, Subject subject, Consumer<Figure> figures)
      throws InterruptedException {
    LabOptions options =
        LabOptions.twoHosts().withAccelerator(setting.accelerator()).withEpoch(subject.pace());
    try (Lab lab = Lab.open(options)) {
      setting.doing(this, subject.words() + ", two hosts and a guest");
      lab.host(OWNER).start();
      lab.host(STANDBY).start();
      lab.host(OWNER)
          .api()
          .apply(LabGuest.config(NAME, setting.image(), PROGRAMS, new LabNic(1), OWNER));
      new LabGuest(lab, NAME).awaitProtected(OWNER, STANDBY, WITHIN);
      setting.doing(this, subject.words() + ", until what runs often is compiled");
      Thread.sleep(Duration.ofSeconds(setting.times(20, 240)));
      setting.doing(this, subject.words() + ", processor time");
      Spent before = Spent.now(lab);
      Thread.sleep(Duration.ofSeconds(setting.times(10, 60)));
      Spent spent = Spent.now(lab).since(before);
      figures.accept(
          Figure.absolute(
              name() + ".owner_cpu_percent." + subject.words(),
              spent.percent(spent.owner()),
              subject.goal()));
      figures.accept(
          Figure.absolute(
              name() + ".standby_cpu_percent." + subject.words(),
              spent.percent(spent.standby()),
              null));
      figures.accept(
          Figure.absolute(
              name() + ".epochs_per_s." + subject.words(), spent.epochs() / spent.seconds(), null));
    }
  }

  /**
   * Counters of two daemons at some time, or their differences.
   *
   * @param owner processor time of the owner's daemon
   * @param epochs that it committed
   */
  private record Spent(Duration clock, Duration owner, Duration standby, long epochs) {

    static Spent now(Lab lab) {
      long epochs = lab.host(OWNER).api().guest(NAME).here().epoch();
      return new Spent(
          Duration.ofNanos(System.nanoTime()),
          processorTime(lab, OWNER),
          processorTime(lab, STANDBY),
          epochs);
    }

    private static Duration processorTime(Lab lab, String host) {
      return lab.host(host).daemon().orElseThrow().info().totalCpuDuration().orElseThrow();
    }

    Spent since(Spent before) {
      return new Spent(
          clock.minus(before.clock),
          owner.minus(before.owner),
          standby.minus(before.standby),
          epochs - before.epochs);
    }

    double seconds() {
      return clock.toNanos() / 1e9;
    }

    double percent(Duration processorTime) {
      return 100.0 * processorTime.toNanos() / clock.toNanos();
    }
  }
}
