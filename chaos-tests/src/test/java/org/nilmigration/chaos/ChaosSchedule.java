package org.nilmigration.chaos;

import java.util.List;
import org.nilmigration.daemon.chaos.ChaosRun;
import org.nilmigration.daemon.chaos.Scenario;
import org.nilmigration.daemon.lab.LabOptions;

/** All scenarios of {@code nilctl chaos run}, drawn from a seed. */
final class ChaosSchedule {
  private ChaosSchedule() {}

  static void play(Labs labs, int rounds, long seed) {
    System.out.println("nil.chaos.rounds=" + rounds + " nil.chaos.seed=" + seed);
    ChaosRun.play(
        labs.prepare(LabOptions.twoHosts()),
        List.of(Scenario.values()),
        rounds,
        seed,
        ChaosSchedule::print);
  }

  private static void print(ChaosRun.Iteration iteration) {
    System.out.printf(
        "%d %s: %s in %s, client waited %s%n",
        iteration.number(),
        iteration.scenario().label(),
        iteration.fault() == null ? "held" : iteration.fault(),
        iteration.took(),
        iteration.silence());
  }
}
