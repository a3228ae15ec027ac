package org.nilmigration.daemon.bench.section;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.nilmigration.config.MachineType;
import org.nilmigration.config.TakeoverConfig;
import org.nilmigration.daemon.api.HistoryDocument;
import org.nilmigration.daemon.bench.report.Samples;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabGuest;
import org.nilmigration.daemon.lab.LabOptions;

/**
 * SIGKILL for the process trees of whole hosts under a guest that is protected, and what the
 * history says of the takeovers. Sections that share one of these share its kills.
 */
public final class HostKills {
  private static final Duration WITHIN = Duration.ofMinutes(2);
  private static final Duration GRACE = TakeoverConfig.DEFAULT.grace();

  private final Map<MachineType, Results> done = new EnumMap<>(MachineType.class);

  /** What some kills took. */
  record Results(Samples killedToSuspected, Samples suspectedToRunning, Samples zooKeeper) {
    void add(Kill kill) {
      killedToSuspected.add(kill.suspectedNanos() - kill.killedNanos());
      suspectedToRunning.add(kill.runningNanos() - kill.suspectedNanos());
      zooKeeper.add(kill.zooKeeperNanos());
    }
  }

  /**
   * One kill and the takeover that came of it, in {@link System#nanoTime()}.
   *
   * @param zooKeeperNanos how long it took until ZooKeeper had the new owner
   */
  record Kill(long killedNanos, long suspectedNanos, long runningNanos, long zooKeeperNanos) {}

  /** Kills of a guest without a network; those of before, where there are some. */
  Results on(MachineType machine, Section asking, Setting setting) {
    return done.computeIfAbsent(machine, unused -> measure(machine, asking, setting));
  }

  private static Results measure(MachineType machine, Section asking, Setting setting) {
    Results results = new Results(new Samples(), new Samples(), new Samples());
    int count = setting.times(5, 30);
    try (Lab lab = Lab.open(LabOptions.twoHosts().withAccelerator(setting.accelerator()))) {
      lab.host("A").start();
      lab.host("B").start();
      LabGuest guest = new LabGuest(lab, "bench");
      lab.host("A").api().apply(LabGuest.config("bench", setting.image(), machine, "", "A"));
      repeat(
          lab,
          guest,
          count,
          i -> setting.doing(asking, "host kill %d of %d".formatted(i, count)),
          results::add);
    }
    return results;
  }

  /**
   * Kills the owner again and again; a host that was killed becomes the next standby. A standby
   * that has just started trusts no beats alone ({@code takeover.grace}): each kill waits for that
   * to be over, as it would be for a cluster in use.
   *
   * @param guest of hosts A and B, first owned by A
   * @param before told the number of each kill, from 1
   * @param after told each kill while the guest runs unprotected
   */
  static void repeat(Lab lab, LabGuest guest, int count, IntConsumer before, Consumer<Kill> after) {
    String owner = "A";
    String standby = "B";
    for (int i = 1; i <= count; i++) {
      before.accept(i);
      long generation = guest.awaitProtected(owner, standby, WITHIN).generation();
      LockSupport.parkNanos(GRACE.toNanos());
      long killed = lab.host(owner).kill().firstNanos();
      HistoryDocument record = guest.awaitTakeover(standby, generation + 1, WITHIN);
      after.accept(
          new Kill(
              killed,
              Long.parseLong(record.evidence().get("suspectedNanos")),
              Long.parseLong(record.evidence().get("runningNanos")),
              (long) (record.timingsMillis().get("zookeeper") * 1e6)));
      lab.host(owner).start();
      String next = standby;
      standby = owner;
      owner = next;
    }
  }
}
