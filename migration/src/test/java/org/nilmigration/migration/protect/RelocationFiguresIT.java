package org.nilmigration.migration.protect;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.log.EpochLog;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.EpochConfig;
import org.nilmigration.config.MachineType;
import org.nilmigration.migration.hypervisor.GuestProcess;

/**
 * What a move of its memory costs a protected guest that rewrites 32 MiB all the time: its own
 * counter, rounds with and without moves in turn, the median of each.
 */
class RelocationFiguresIT {
  private static final int ROUNDS = 3;
  private static final long ROUND_NANOS = 4_000_000_000L;

  @Test
  void theGuestKeepsMostOfItsSpeedWhileItsMemoryMoves() throws Exception {
    try (GuestFixture f = new GuestFixture(MachineType.MICROVM, 256, "nil.dirty=32 nil.tick=0")) {
      MappedFile live = f.image(1);
      GuestProcess vm = f.boot("a", live);
      EpochLog log = f.log(1, false, 0);
      MappedFile shadow = f.image(1);
      try (Pair pair =
          new Pair(
              new ProtectorSetup(
                  vm, f.keep(vm.track()), new PageRuns(), log, live, EpochConfig.DEFAULT),
              new ReplicaSetup(
                  f.hypervisor, f.launch("b", shadow, true), f.openLog(log), shadow, null))) {
        pair.awaitEpochs(20);
        List<Double> undisturbed = new ArrayList<>();
        List<Double> moving = new ArrayList<>();
        List<Double> pauses = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
          undisturbed.add(ticksPerSecond(f, () -> Thread.sleep(ROUND_NANOS / 1_000_000)));
          moving.add(ticksPerSecond(f, () -> pauses.add(moves(f, pair))));
        }
        double ratio = median(moving) / median(undisturbed);
        System.out.printf(
            Locale.ROOT,
            "relocation: %.1f of %.1f ticks/s undisturbed: ratio %.2f; remapped in %.1f ms%n",
            median(moving),
            median(undisturbed),
            ratio,
            median(pauses));
        assertThat(ratio).isGreaterThanOrEqualTo(0.7);
      }
    }
  }

  private interface Work {
    void run() throws Exception;
  }

  private static double ticksPerSecond(GuestFixture f, Work work) throws Exception {
    long begun = System.nanoTime();
    int before = f.ticks("a").size();
    work.run();
    return (f.ticks("a").size() - before) / ((System.nanoTime() - begun) / 1e9);
  }

  /** Moves without a rest for a round; returns the last time that putting it on a file took. */
  private static double moves(GuestFixture f, Pair pair) throws Exception {
    long until = System.nanoTime() + ROUND_NANOS;
    double pauseMillis = 0;
    while (System.nanoTime() - until < 0) {
      Relocation.Outcome outcome =
          pair.protector.relocate(f.localImage()).outcome().get(120, TimeUnit.SECONDS);
      assertThat(outcome.fault()).isNull();
      f.keep(outcome.tracker());
      pauseMillis = outcome.pauseNanos() / 1e6;
    }
    return pauseMillis;
  }

  private static double median(List<Double> samples) {
    return samples.stream().sorted().toList().get(samples.size() / 2);
  }
}
