package org.nilmigration.daemon.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.nilmigration.config.Accelerator;
import org.nilmigration.config.EpochConfig;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.NetworkConfig;
import org.nilmigration.config.OutputMode;
import org.nilmigration.daemon.cli.Progress;
import org.nilmigration.daemon.lab.Await;
import org.nilmigration.daemon.lab.GuestImage;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabGuest;
import org.nilmigration.daemon.lab.LabNic;
import org.nilmigration.daemon.lab.LabOptions;

/**
 * What output commit costs a client on the network: the same guest unprotected, protected with its
 * gate off ({@code output: immediate}) and protected with its gate on.
 */
final class NetworkBench {
  static final int STEPS = 6;
  private static final String NAME = "bench";
  private static final Duration WITHIN = Duration.ofMinutes(2);
  private static final int BULK_MIB = 64;
  private static final double BULK_SLOWDOWN_GOAL = 2;
  private static final double FLOORS_ADDED = 1.2;

  private final Accelerator accelerator;
  private final GuestImage image;
  private final Progress progress;
  private final int pings;
  private final LabNic nic = new LabNic(1);
  private Double pauseMillis;

  NetworkBench(Accelerator accelerator, GuestImage image, Progress progress, int pings) {
    this.accelerator = accelerator;
    this.image = image;
    this.progress = progress;
    this.pings = pings;
  }

  List<Figure> run() {
    try (Lab lab = Lab.open(LabOptions.twoHosts().withAccelerator(accelerator))) {
      progress.step("network: a guest with Redis on one host");
      lab.host("A").start();
      LabGuest guest = new LabGuest(lab, NAME);
      GuestConfig gated =
          LabGuest.config(NAME, image, "nil.redis=1 nil.bulk=" + BULK_MIB, nic, "A");
      lab.host("A").api().apply(gated);
      NetworkLoad load = new NetworkLoad(nic.address(), pings, BULK_MIB);
      final NetworkLoad.Result unprotected = measure(load, "unprotected");
      progress.step("network: the second host");
      lab.host("B").start();
      guest.awaitProtected("A", "B", WITHIN);
      final NetworkLoad.Result commit = measure(load, "output: commit");
      pauseMillis = lab.host("A").api().guest(NAME).here().pauseP50Millis();
      progress.step("network: the same guest with its gate off");
      restartWithGateOff(lab, gated);
      guest.awaitProtected("A", "B", WITHIN);
      return figures(unprotected, measure(load, "output: immediate"), commit);
    }
  }

  private NetworkLoad.Result measure(NetworkLoad load, String how) {
    progress.step("network: PING, redis-benchmark and a download, " + how);
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

  private void restartWithGateOff(Lab lab, GuestConfig gated) {
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

  private List<Figure> figures(
      NetworkLoad.Result unprotected, NetworkLoad.Result gateOff, NetworkLoad.Result commit) {
    List<Figure> figures = new ArrayList<>();
    pings(figures, "unprotected", unprotected);
    pings(figures, "gate_off", gateOff);
    pings(figures, "gate_on", commit);
    double floorMillis = EpochConfig.DEFAULT.outputInterval().toNanos() / 1e6;
    figures.add(Figure.absolute("network.epoch_pause_ms.p50", pauseMillis, null));
    figures.add(
        Figure.absolute(
            "network.ping_added_ms.p50",
            commit.ping().medianMillis() - gateOff.ping().medianMillis(),
            pauseMillis + FLOORS_ADDED * floorMillis));
    figures.add(
        Figure.absolute(
            "network.ping_added_ms.p99",
            commit.ping().p99Millis() - gateOff.ping().p99Millis(),
            null));
    benchmark(figures, "set", commit.setsPerSecond(), unprotected.setsPerSecond());
    benchmark(figures, "get", commit.getsPerSecond(), unprotected.getsPerSecond());
    figures.add(
        Figure.ratio(
            "network.download_64mib_ms.gate_on",
            commit.download().medianMillis(),
            unprotected.download().medianMillis(),
            BULK_SLOWDOWN_GOAL));
    figures.add(
        Figure.ratio(
            "network.download_64mib_ms.gate_off",
            gateOff.download().medianMillis(),
            unprotected.download().medianMillis(),
            null));
    return figures;
  }

  private static void pings(List<Figure> figures, String how, NetworkLoad.Result result) {
    figures.add(
        Figure.absolute("network.ping_ms." + how + ".p50", result.ping().medianMillis(), null));
    figures.add(
        Figure.absolute("network.ping_ms." + how + ".p99", result.ping().p99Millis(), null));
  }

  /** Requests in a second, with the unprotected guest's in the column of the floor. */
  private static void benchmark(
      List<Figure> figures, String command, double commit, double unprotected) {
    figures.add(
        Figure.ratio("network.redis_" + command + "_per_s.gate_on", commit, unprotected, null));
  }
}
