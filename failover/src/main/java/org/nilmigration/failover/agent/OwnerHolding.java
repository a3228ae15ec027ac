package org.nilmigration.failover.agent;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.nilmigration.checkpoint.dirty.DirtyTracker;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.handoff.HandoffArea;
import org.nilmigration.checkpoint.handoff.HandoffSource;
import org.nilmigration.checkpoint.log.EpochLog;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.numa.NumaMove;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.MemoryPlacement;
import org.nilmigration.config.OutputMode;
import org.nilmigration.failover.decision.LocalRole;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.protect.Departure;
import org.nilmigration.migration.protect.HandoffResult;
import org.nilmigration.migration.protect.Protector;
import org.nilmigration.migration.protect.ProtectorSetup;
import org.nilmigration.migration.protect.ProtectorStatus;
import org.nilmigration.migration.protect.Relocation;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The running guest and, while it is paired, its log and protector. */
final class OwnerHolding implements Holding {
  static final long NO_PAIRING = -1;
  private static final Logger LOG = LoggerFactory.getLogger(OwnerHolding.class);

  private final GuestSite site;
  private final GuestProcess vm;
  private final long generation;
  private volatile MappedFile live;
  private volatile DirtyTracker tracker;
  private volatile MovingMemory moving;
  private EpochLog log;
  private final List<HandoffArea> spent = new ArrayList<>();
  private volatile HandoffArea departing;
  private volatile Protector protection;
  private volatile Reports reports = new Reports(NO_PAIRING, null);
  private volatile long lastEpoch;

  /**
   * @param tracker armed on {@code vm}, null when not armed yet
   */
  OwnerHolding(
      GuestSite site,
      GuestProcess vm,
      MappedFile live,
      DirtyTracker tracker,
      long generation,
      long lastEpoch) {
    this.site = site;
    this.vm = vm;
    this.live = live;
    this.tracker = tracker;
    this.generation = generation;
    this.lastEpoch = lastEpoch;
    new RunningFile(generation, vm.pid()).write(site.directory());
    var unused = vm.exit().thenRun(site::wake);
    if (site.guestConfig().network().output() == OutputMode.IMMEDIATE) {
      LOG.warn(
          "vm={} generation={} output=immediate: a takeover may undo what others have seen of it",
          site.vm(),
          generation);
    }
  }

  /** What a protector told about its pairing; each field is written once, on the epoch thread. */
  private final class Reports implements Protector.Listener {
    private final long pairing;
    private final String standby;
    private volatile boolean synced;
    private volatile boolean deposed;
    private volatile String fault;
    private volatile boolean hung;

    Reports(long pairing, String standby) {
      this.pairing = pairing;
      this.standby = standby;
    }

    @Override
    public void synced(long epoch) {
      synced = true;
      site.wake();
    }

    @Override
    public void deposed(long newGeneration) {
      deposed = true;
      site.wake();
    }

    @Override
    public void failed(FaultException reason) {
      hung = reason.kind() == FaultKind.TIMEOUT;
      fault = reason.getMessage();
      site.wake();
    }
  }

  /**
   * Starts to protect the guest through {@code pairingLog}, which is this holding's from now on.
   *
   * @param written pages that its first epoch contains besides what was written here
   */
  void protect(EpochLog pairingLog, long pairing, String standby, PageRuns written) {
    log = pairingLog;
    if (tracker == null) {
      tracker = vm.track();
    }
    Reports mine = new Reports(pairing, standby);
    reports = mine;
    protection =
        Protector.start(
            new ProtectorSetup(vm, tracker, written, pairingLog, live, site.config().epoch()),
            mine);
  }

  /** Begins to move the guest's memory to a file of that placement, empty as yet. */
  void relocate(MemoryPlacement to, MappedFile file) {
    Relocation relocation =
        protection == null
            ? Relocation.unprotected(site.vm(), vm, live, tracker, file)
            : protection.relocate(file);
    watch(
        new MovingMemory(
            to,
            System.nanoTime(),
            () -> relocation.progress().part(),
            relocation::cancel,
            relocation.outcome().thenApply(this::adopt)));
    if (protection == null) {
      var unused = Thread.ofPlatform().name("relocate-" + site.vm()).start(relocation::run);
    }
  }

  private Optional<FaultException> adopt(Relocation.Outcome outcome) {
    live = outcome.live();
    tracker = outcome.tracker();
    return Optional.ofNullable(outcome.fault());
  }

  /** Begins to move the pages of the guest's memory to nodes of the kernel. */
  void bind(MemoryPlacement to, List<Integer> nodes) {
    NumaMove move = new NumaMove(live, nodes);
    watch(new MovingMemory(to, System.nanoTime(), move::part, move::cancel, move.end()));
    var unused = Thread.ofPlatform().name("relocate-" + site.vm()).start(move);
  }

  private void watch(MovingMemory move) {
    moving = move;
    var unused = move.end().thenRun(site::wake);
  }

  /** The move of the memory that was begun last and not dealt with; null when there is none. */
  MovingMemory moving() {
    return moving;
  }

  void forgetMove() {
    moving = null;
  }

  /** Ends the checkpoints; the guest runs on. */
  void unprotect() {
    if (protection != null) {
      lastEpoch = Math.max(lastEpoch, protection.status().committedEpoch());
    }
    Closing.all(protection, log);
    protection = null;
    log = null;
    closeSpent();
    reports = new Reports(NO_PAIRING, null);
  }

  /** What the guest sends leaves at once: the placement names no standby that could take over. */
  void openOutput() {
    if (!vm.exit().isDone()) {
      vm.output().open();
    }
  }

  /** Hands the guest over. On return it never runs here again. */
  ReleasedHolding handOver(HandoffArea area, Duration timeout) {
    departing = area;
    try {
      HandoffResult result =
          protection == null ? Departure.run(vm, area, timeout) : protection.handoff(area, timeout);
      RunningFile.remove(site.directory());
      return new ReleasedHolding(generation, live.path().getFileName().toString(), area, result);
    } catch (RuntimeException e) {
      departing = null;
      spent.add(area); // the protector may still look at it
      throw e;
    }
  }

  /** The target of the move under way is gone: the guest must not stand still for it. */
  void abandonMove() {
    HandoffArea area = departing;
    if (area != null) {
      area.abandon();
    }
  }

  private void closeSpent() {
    spent.forEach(Closing::all);
    spent.clear();
  }

  /** Name of the standby of the pairing, null without one. */
  String standby() {
    return reports.standby;
  }

  long generation() {
    return generation;
  }

  long lastEpoch() {
    Protector current = protection;
    return current == null ? lastEpoch : Math.max(lastEpoch, current.status().committedEpoch());
  }

  GuestProcess vm() {
    return vm;
  }

  /** Null while unprotected. */
  ProtectorStatus status() {
    Protector current = protection;
    return current == null ? null : current.status();
  }

  @Override
  public LocalRole role() {
    HandoffArea area = departing;
    if (area != null && area.sourceAcquire() == HandoffSource.RELEASED) {
      // before the target's outcome can be read
      return new LocalRole.Released(generation, protection != null);
    }
    Reports now = reports;
    MovingMemory move = moving;
    return new LocalRole.Owner(
        generation,
        now.pairing,
        now.synced,
        now.deposed,
        now.fault,
        now.hung,
        vm.exit().getNow(null),
        move == null ? null : move.seen());
  }

  /** Lets the guest run on; nothing of it is held here any more. */
  void leave() {
    MovingMemory move = moving;
    Closing.all(protection, move == null ? null : move::stop);
    Closing.all(tracker, vm::leave, log, live);
    closeSpent();
  }

  @Override
  public void close() {
    vm.kill();
    RunningFile.remove(site.directory());
    MovingMemory move = moving;
    Closing.all(protection, move == null ? null : move::stop);
    Closing.all(tracker, vm, log, live);
    closeSpent();
    Closing.all(() -> site.memory().forget(site.vm()));
  }
}
