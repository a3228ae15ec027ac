package org.nilmigration.daemon.bench.section;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.nilmigration.config.EpochConfig;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.NetworkConfig;
import org.nilmigration.config.OutputMode;
import org.nilmigration.daemon.bench.report.Distribution;
import org.nilmigration.daemon.bench.report.Figure;
import org.nilmigration.daemon.bench.report.Goal;
import org.nilmigration.daemon.lab.Await;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabGuest;
import org.nilmigration.daemon.lab.LabNic;
import org.nilmigration.daemon.lab.LabOptions;

/**
 * What output commit costs a client on the network: the same guest unprotected, protected with its
 * gate off ({@code output: immediate}) and protected with its gate on.
 */
public final class Network implements Section {
  private static final String NAME = "bench";
  private static final Duration WITHIN = Duration.ofMinutes(2);
  private static final int BULK_MIB = 64;
  private static final Goal BULK_SLOWDOWN_GOAL = Goal.atMost(2);
  private static final double FLOORS_ADDED = 1.2;

  @Override
  public String name() {
    return "network";
  }

  @Override
  public void run(Setting setting, Consumer<Figure> figures) {
    LabNic nic = new LabNic(1);
    try (Lab lab = Lab.open(LabOptions.twoHosts().withAccelerator(setting.accelerator()))) {
      setting.doing(this, "a guest with Redis on one host");
      lab.host("A").start();
      LabGuest guest = new LabGuest(lab, NAME);
      GuestConfig gated =
          LabGuest.config(NAME, setting.image(), "nil.redis=1 nil.bulk=" + BULK_MIB, nic, "A");
      lab.host("A").api().apply(gated);
      NetworkLoad load = new NetworkLoad(nic.address(), setting.times(200, 1000), BULK_MIB);
      final NetworkLoad.Result unprotected = measure(setting, load, "unprotected");
      setting.doing(this, "the second host");
      lab.host("B").start();
      guest.awaitProtected("A", "B", WITHIN);
      final NetworkLoad.Result commit = measure(setting, load, "output: commit");
      double pauseMillis = lab.host("A").api().guest(NAME).here().pauseP50Millis();
      setting.doing(this, "the same guest with its gate off");
      restartWithGateOff(lab, gated);
      guest.awaitProtected("A", "B", WITHIN);
      NetworkLoad.Result gateOff = measure(setting, load, "output: immediate");
      pings(figures, unprotected, gateOff, commit, pauseMillis);
      rates(figures, unprotected, gateOff, commit);
    }
  }

  private NetworkLoad.Result measure(Setting setting, NetworkLoad load, String how) {
    setting.doing(this, "PING, redis-benchmark and a download, " + how);
    try {
      Await.until(
          "Redis and the bulk file of guest " + NAME,
          WITHIN,
          () -> load.ready() ? Optional.of(true) : Optional.empty());
      return load.run();
    } catch (IOException e) {
      throw new FaultException(
          FaultKind.ERROR, "measuring guest %s (%s) failed: %s".formatted(NAME, how, e), e);
    }
  }

  private static void restartWithGateOff(Lab lab, GuestConfig gated) {
    lab.host("A").api().stop(NAME);
    Await.until(
        "guest " + NAME + " is stopped",
        WITHIN,
        () ->
            Optional.of(lab.host("A").api().guest(NAME).placement().state())
                .filter(state -> state.equals("STOPPED")));
    NetworkConfig open = new NetworkConfig(gated.network().nics(), OutputMode.IMMEDIATE);
    lab.host("A").api().applyForced(gated.withNetwork(open));
    lab.host("A").api().start(NAME);
  }

  private static void pings(
      Consumer<Figure> figures,
      NetworkLoad.Result unprotected,
      NetworkLoad.Result gateOff,
      NetworkLoad.Result commit,
      double pauseMillis) {
    Distribution[] drawn = {
      unprotected.ping().distribution("unprotected"),
      gateOff.ping().distribution("output: immediate"),
      commit.ping().distribution("output: commit")
    };
    double floorMillis = EpochConfig.DEFAULT.outputInterval().toNanos() / 1e6;
    figures.accept(
        Figure.ratio(
                "network.ping_ms.gate_on.p50",
                commit.ping().medianMillis(),
                "unprotected",
                unprotected.ping().medianMillis(),
                null)
            .with(drawn));
    figures.accept(
        Figure.absolute(
            "network.ping_added_ms.p50",
            commit.ping().medianMillis() - gateOff.ping().medianMillis(),
            Goal.atMost(pauseMillis + FLOORS_ADDED * floorMillis)));
    figures.accept(
        Figure.absolute(
            "network.ping_added_ms.p99",
            commit.ping().p99Millis() - gateOff.ping().p99Millis(),
            null));
  }

  private static void rates(
      Consumer<Figure> figures,
      NetworkLoad.Result unprotected,
      NetworkLoad.Result gateOff,
      NetworkLoad.Result commit) {
    figures.accept(
        Figure.ratio(
            "network.redis_set_per_s.gate_on",
            commit.setsPerSecond(),
            "unprotected",
            unprotected.setsPerSecond(),
            null));
    figures.accept(
        Figure.ratio(
            "network.redis_get_per_s.gate_on",
            commit.getsPerSecond(),
            "unprotected",
            unprotected.getsPerSecond(),
            null));
    figures.accept(
        Figure.medians(
            "network.download_64mib_ms.gate_on.p50",
            commit.download(),
            "unprotected",
            unprotected.download(),
            BULK_SLOWDOWN_GOAL));
    figures.accept(
        Figure.medians(
            "network.download_64mib_ms.gate_off.p50",
            gateOff.download(),
            "unprotected",
            unprotected.download(),
            null));
  }
}
