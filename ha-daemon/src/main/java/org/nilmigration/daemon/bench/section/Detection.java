package org.nilmigration.daemon.bench.section;

import java.util.function.Consumer;
import org.nilmigration.config.MachineType;
import org.nilmigration.daemon.bench.report.Distribution;
import org.nilmigration.daemon.bench.report.Figure;
import org.nilmigration.daemon.bench.report.Goal;
import org.nilmigration.daemon.bench.report.Samples;
import org.nilmigration.daemon.lab.CorosyncPair;
import org.nilmigration.daemon.lab.Lab;

/**
 * How soon the death of a host is seen: from the SIGKILL of its process tree until its standby
 * suspects it, beside corosync with its default times and beside ZooKeeper's sessions alone.
 */
public final class Detection implements Section {
  private static final Goal COROSYNC = Goal.atMost(1 / 30.0);

  private final HostKills kills;

  public Detection(HostKills kills) {
    this.kills = kills;
  }

  @Override
  public String name() {
    return "detection";
  }

  @Override
  public void run(Setting setting, Consumer<Figure> figures) {
    Samples tokenLost = new Samples();
    Samples memberLeft = new Samples();
    Samples session = new Samples();
    long tokenMillis;
    try (Lab lab = LostSession.openLab(setting)) {
      tokenMillis = corosync(setting, lab, tokenLost, memberLeft);
      zooKeeper(setting, lab, session);
    }
    Samples ours = new Samples();
    for (MachineType machine : setting.machines()) {
      ours.addAll(kills.on(machine, this, setting).killedToSuspected());
    }
    Distribution[] drawn = {
      ours.distribution("suspected by the standby"),
      memberLeft.distribution("corosync, new membership"),
      tokenLost.distribution("corosync, token lost"),
      session.distribution(LostSession.PEER)
    };
    String figure = name() + ".killed_to_suspected_ms.";
    figures.accept(
        beside(figure + "p50", ours, "corosync, new membership", memberLeft, COROSYNC).with(drawn));
    figures.accept(Figure.absolute(figure + "p99", ours.p99Millis(), null));
    figures.accept(
        beside(figure + "beside_token.p50", ours, "corosync, token lost", tokenLost, null));
    figures.accept(beside(figure + "beside_zookeeper.p50", ours, LostSession.PEER, session, null));
    figures.accept(
        Figure.absolute(name() + ".corosync_token_timeout_ms", (double) tokenMillis, null));
  }

  private static Figure beside(
      String figure, Samples ours, String peer, Samples reference, Goal goal) {
    return Figure.ratio(figure, ours.medianMillis(), peer, reference.medianMillis(), goal);
  }

  private long corosync(Setting setting, Lab lab, Samples tokenLost, Samples memberLeft) {
    int count = setting.times(2, 10);
    try (CorosyncPair pair = lab.corosync()) {
      for (int i = 1; i <= count; i++) {
        setting.doing(this, "corosync, kill %d of %d".formatted(i, count));
        pair.start();
        CorosyncPair.Noticed noticed = pair.kill();
        tokenLost.add(noticed.tokenLostNanos());
        memberLeft.add(noticed.memberLeftNanos());
      }
      return pair.token().toMillis();
    }
  }

  private void zooKeeper(Setting setting, Lab lab, Samples session) {
    int count = setting.times(2, 10);
    lab.host("A").start();
    for (int i = 1; i <= count; i++) {
      setting.doing(this, "ZooKeeper alone, kill %d of %d".formatted(i, count));
      lab.host("B").start();
      long killed = lab.host("B").kill().firstNanos();
      session.add(LostSession.await(lab, "B", "A") - killed);
    }
  }
}
