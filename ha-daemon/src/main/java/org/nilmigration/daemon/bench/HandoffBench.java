package org.nilmigration.daemon.bench;

import java.util.List;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.handoff.HandoffArea;
import org.nilmigration.checkpoint.log.EpochLog;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.daemon.cli.Progress;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.StateBuffer;
import org.nilmigration.migration.protect.ArrivalSetup;
import org.nilmigration.migration.protect.ProtectorSetup;
import org.nilmigration.migration.protect.ReplicaSetup;
import org.nilmigration.migration.qemu.BareHandoff;

/**
 * Blackout of a planned handoff against a bare QEMU-to-QEMU state-only migration over the same
 * shared file. Half of the bare ones come before, half after the handoffs.
 */
final class HandoffBench {
  private static final double GOAL = 1.3;
  private static final int EPOCHS_BETWEEN = 5;

  private final String prefix;
  private final int handoffs;
  private final Progress progress;
  private final BenchGuest guest;
  private GuestProcess vm;
  private final MappedFile live;
  private String host = "a";

  HandoffBench(
      String prefix,
      int handoffs,
      Progress progress,
      BenchGuest guest,
      GuestProcess vm,
      MappedFile live) {
    this.prefix = prefix;
    this.handoffs = handoffs;
    this.progress = progress;
    this.guest = guest;
    this.vm = vm;
    this.live = live;
  }

  List<Figure> run() throws InterruptedException {
    Samples floor = new Samples();
    progress.step(prefix + ": bare state-only migrations");
    measureBare(floor);
    progress.step(prefix + ": " + handoffs + " handoffs");
    Samples blackout = measureHandoffs();
    progress.step(prefix + ": bare state-only migrations, again");
    measureBare(floor);
    return List.of(
        Figure.ratio(
            prefix + ".handoff_blackout_ms.p50",
            blackout.medianMillis(),
            floor.medianMillis(),
            GOAL),
        Figure.ratio(
            prefix + ".handoff_blackout_ms.p99", blackout.p99Millis(), floor.p99Millis(), GOAL));
  }

  private void measureBare(Samples floor) throws InterruptedException {
    for (int i = 0; i < handoffs / 2; i++) {
      GuestProcess target =
          guest.keep(guest.hypervisor().start(guest.launch(otherHost(), live, true)));
      Thread.sleep(EpochBench.INTERVAL.multipliedBy(EPOCHS_BETWEEN));
      floor.add(BareHandoff.run(vm, target));
      vm.close();
      vm = target;
      host = otherHost();
    }
  }

  private Samples measureHandoffs() throws InterruptedException {
    Samples blackout = new Samples();
    EpochLog log = guest.newLog(false, 0);
    MappedFile shadow = guest.newImage();
    ProtectorSetup owner =
        new ProtectorSetup(vm, guest.keep(vm.track()), new PageRuns(), log, live, EpochBench.PACE);
    ReplicaSetup standby = standby(log, shadow, null);
    for (int i = 0; i < handoffs; i++) {
      try (Pair pair = new Pair(owner, standby)) {
        pair.awaitEpochs(EPOCHS_BETWEEN);
        HandoffArea area = guest.newArea();
        Pair.Handoff handoff =
            pair.handOff(
                new ArrivalSetup(
                    guest.hypervisor(),
                    guest.launch(otherHost() + "-over-live", live, true),
                    guest.openArea(area),
                    live),
                area);
        blackout.add(handoff.blackoutNanos());
        guest.keep(handoff.source().state());
        vm = guest.keep(handoff.target().vm());
        host = otherHost();
        log = guest.newLog(true, handoff.source().committedEpoch());
        owner =
            new ProtectorSetup(
                vm,
                guest.keep(handoff.target().tracker()),
                handoff.written(),
                log,
                live,
                EpochBench.PACE);
        standby = standby(log, shadow, guest.keep(handoff.source().committedState()));
      }
    }
    owner.tracker().close();
    return blackout;
  }

  private ReplicaSetup standby(EpochLog log, MappedFile shadow, StateBuffer initialState) {
    return new ReplicaSetup(
        guest.hypervisor(),
        guest.launch(otherHost(), shadow, true),
        guest.openLog(log),
        shadow,
        initialState);
  }

  private String otherHost() {
    return host.equals("a") ? "b" : "a";
  }
}
