package org.nilmigration.daemon.bench;

import java.time.Duration;
import java.util.List;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.EpochConfig;
import org.nilmigration.daemon.cli.Progress;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.StateBuffer;
import org.nilmigration.migration.protect.PauseStatistics;
import org.nilmigration.migration.protect.ProtectorSetup;
import org.nilmigration.migration.protect.ReplicaSetup;

/**
 * Epoch pause against its bare floor: stop, state save and cont by the same client with nothing
 * else. The floor is measured before and after the epochs, on the same guest.
 */
final class EpochBench {
  static final Duration INTERVAL = Duration.ofMillis(25);

  /** Every epoch takes the same time, however idle the guest is. */
  static final EpochConfig PACE =
      new EpochConfig(INTERVAL, INTERVAL, INTERVAL, EpochConfig.DEFAULT.log());

  private static final double GOAL = 1.5;

  private final String prefix;
  private final int epochs;
  private final Progress progress;

  EpochBench(String prefix, int epochs, Progress progress) {
    this.prefix = prefix;
    this.epochs = epochs;
    this.progress = progress;
  }

  List<Figure> run(BenchGuest guest, GuestProcess vm, MappedFile live) throws InterruptedException {
    Samples floor = new Samples();
    progress.step(prefix + ": bare stop, state save and cont");
    measureFloor(vm, floor);
    progress.step(prefix + ": " + epochs + " epochs");
    PauseStatistics pause = measureEpochs(guest, vm, live);
    progress.step(prefix + ": bare stop, state save and cont, again");
    measureFloor(vm, floor);
    return List.of(
        Figure.ratio(prefix + ".epoch_pause_ms.p50", pause.p50Millis(), floor.medianMillis(), GOAL),
        Figure.ratio(prefix + ".epoch_pause_ms.p99", pause.p99Millis(), floor.p99Millis(), GOAL));
  }

  private void measureFloor(GuestProcess vm, Samples floor) throws InterruptedException {
    try (StateBuffer state = new StateBuffer()) {
      for (int i = 0; i < epochs / 2; i++) {
        Thread.sleep(INTERVAL);
        long start = System.nanoTime();
        vm.capture(state);
        vm.resume();
        floor.add(System.nanoTime() - start);
      }
    }
  }

  private PauseStatistics measureEpochs(BenchGuest guest, GuestProcess vm, MappedFile live)
      throws InterruptedException {
    MappedFile shadow = guest.newImage();
    try (BenchGuest.PairLog log = guest.newLog(false, 0);
        var tracker = vm.track();
        Pair pair =
            new Pair(
                new ProtectorSetup(vm, tracker, new PageRuns(), log.owner(), live, PACE),
                new ReplicaSetup(
                    guest.hypervisor(),
                    guest.launch("b", shadow, true),
                    log.standby(),
                    shadow,
                    null))) {
      return pair.awaitEpochs(epochs).pause();
    }
  }
}
