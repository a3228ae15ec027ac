package org.nilmigration.daemon.bench.guest;

import java.time.Duration;
import org.nilmigration.checkpoint.dirty.DirtyTracker;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.handoff.HandoffArea;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.daemon.bench.report.Samples;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.StateBuffer;
import org.nilmigration.migration.protect.ArrivalSetup;
import org.nilmigration.migration.protect.ProtectorSetup;
import org.nilmigration.migration.protect.ReplicaSetup;
import org.nilmigration.migration.qemu.BareHandoff;
import org.nilmigration.migration.qemu.Blackout;
import org.nilmigration.migration.qemu.PostCopy;
import org.nilmigration.migration.qemu.PreCopy;

/** The bench's guest as it moves between two hosts, {@code a} and {@code b}, in different ways. */
public final class MovingGuest {
  private static final int EPOCHS_BETWEEN = 5;

  private final BenchGuest guest;
  private GuestProcess vm;
  private MappedFile live;
  private MappedFile other;
  private String host = "a";

  /**
   * @param vm runs on host {@code a} over {@code live}
   */
  public MovingGuest(BenchGuest guest, GuestProcess vm, MappedFile live) {
    this.guest = guest;
    this.vm = vm;
    this.live = live;
    this.other = guest.newImage();
  }

  /**
   * What some moves took.
   *
   * @param stopToRunning by the daemon's stamps: it asks the one QEMU to stop, the other runs
   * @param blackout by QEMU's stamps, see {@link Blackout}
   * @param total from the request until the target runs the guest
   */
  public record Moves(Samples stopToRunning, Samples blackout, Samples total) {
    Moves() {
      this(new Samples(), new Samples(), new Samples());
    }
  }

  /** State-only migrations by QEMU alone over the same image. */
  public void bare(int count, Samples stopToRunning) throws InterruptedException {
    for (int i = 0; i < count; i++) {
      GuestProcess target = waiting(live);
      Thread.sleep(BenchGuest.INTERVAL.multipliedBy(EPOCHS_BETWEEN));
      stopToRunning.add(BareHandoff.run(vm, target));
      moved(target);
    }
  }

  /** State loads alone: into a process that waits over the same image, until it runs the guest. */
  public void loads(int count, Samples loadToRunning) throws InterruptedException {
    for (int i = 0; i < count; i++) {
      GuestProcess target = waiting(live);
      target.prepareRestore();
      Thread.sleep(BenchGuest.INTERVAL.multipliedBy(EPOCHS_BETWEEN));
      try (StateBuffer state = new StateBuffer()) {
        vm.capture(state);
        long start = System.nanoTime();
        target.restore(state.segment(), state.length());
        target.resume();
        loadToRunning.add(System.nanoTime() - start);
      }
      moved(target);
    }
  }

  /** Handoffs by the production code, each of a protected guest. */
  public Moves handOff(int count) throws InterruptedException {
    Moves moves = new Moves();
    DirtyTracker tracker = vm.track();
    PageRuns written = new PageRuns();
    StateBuffer state = null;
    BenchGuest.PairLog log = guest.newLog(false, 0);
    for (int i = 0; i < count; i++) {
      Pair.Handoff handoff =
          handOff(
              new ProtectorSetup(vm, tracker, written, log.owner(), live, BenchGuest.PACE),
              standby(log, state),
              moves);
      tracker.close();
      log.close();
      tracker = handoff.target().tracker();
      written = handoff.written();
      state = guest.keep(handoff.source().committedState());
      log = guest.newLog(true, handoff.source().committedEpoch());
    }
    tracker.close();
    log.close();
    return moves;
  }

  private ReplicaSetup standby(BenchGuest.PairLog log, StateBuffer state) {
    return new ReplicaSetup(
        guest.hypervisor(), guest.launch(otherHost(), other, true), log.standby(), other, state);
  }

  private Pair.Handoff handOff(ProtectorSetup owner, ReplicaSetup standby, Moves moves)
      throws InterruptedException {
    Pair.Handoff handoff;
    GuestProcess target;
    try (Pair pair = new Pair(owner, standby)) {
      pair.awaitEpochs(EPOCHS_BETWEEN);
      HandoffArea area = guest.newArea();
      long asked = System.nanoTime();
      handoff =
          pair.handOff(
              new ArrivalSetup(
                  guest.hypervisor(),
                  guest.launch(otherHost() + "-over-live", live, true),
                  guest.openArea(area),
                  live),
              area);
      guest.keep(handoff.source().state());
      target = guest.keep(handoff.target().vm());
      moves.total().add(handoff.target().runningNanos() - asked);
      moves.stopToRunning().add(handoff.blackoutNanos());
      moves.blackout().add(Blackout.nanos(vm, target));
    }
    moved(target);
    return handoff;
  }

  /** One migration of memory and state by QEMU alone, into an image that the guest is not on. */
  public PreCopy.Result preCopy(long bytesPerSecond, Duration within, Samples blackout) {
    GuestProcess target = waiting(other);
    PreCopy.Result result = PreCopy.run(vm, target, bytesPerSecond, within);
    if (result.completed()) {
      blackout.add(Blackout.nanos(vm, target));
      moved(target);
      swapImages();
    } else {
      target.close();
    }
    return result;
  }

  /** The same by QEMU's post-copy; {@code total} is until all of the memory had come. */
  public void postCopy(Duration within, Samples blackout, Samples total) {
    GuestProcess target = waiting(other);
    total.add(PostCopy.run(vm, target, within));
    blackout.add(Blackout.nanos(vm, target));
    moved(target);
    swapImages();
  }

  private GuestProcess waiting(MappedFile image) {
    return guest.keep(guest.hypervisor().start(guest.launch(otherHost(), image, true)));
  }

  private void moved(GuestProcess target) {
    vm.close();
    vm = target;
    host = otherHost();
  }

  private void swapImages() {
    MappedFile left = live;
    live = other;
    other = left;
  }

  private String otherHost() {
    return host.equals("a") ? "b" : "a";
  }
}
