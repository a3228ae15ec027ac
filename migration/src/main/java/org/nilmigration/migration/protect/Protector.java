package org.nilmigration.migration.protect;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.nilmigration.checkpoint.handoff.HandoffArea;
import org.nilmigration.checkpoint.log.LogOwner;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.OutputGate;
import org.nilmigration.migration.protect.ProtectorStatus.Phase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The owner's side of one pairing: commits an epoch of the running guest every interval, and hands
 * the guest over when asked. Owns the thread {@code epoch-GUEST}.
 *
 * <p>After every commit it looks at the standby's <em>taken</em> word before the guest runs on
 * (design, rule 5); once taken, it leaves the guest paused for the caller to kill. Only after that
 * look is what the guest sent up to the commit let out. The output gate is closed before anyone
 * hears that the standby is synced; opening it again is the caller's, once the placement names no
 * standby.
 */
public final class Protector implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Protector.class);
  private static final long WAIT_FOR_STANDBY_NANOS = 200_000;
  private static final long EXPECTING_NANOS = 100_000;

  /** Told once each, on the epoch thread: only enqueue. */
  public interface Listener {
    /** The standby holds a complete image: a takeover is possible from now on. */
    void synced(long epoch);

    /** The standby took the guest over; the guest here is paused and has to be killed. */
    void deposed(long generation);

    /** Checkpoints ended; the guest runs on unless its process is gone. */
    void failed(FaultException fault);
  }

  private final ProtectorSetup setup;
  private final Listener listener;
  private final LogOwner log;
  private final GuestProcess vm;
  private final PauseMeter pauses = new PauseMeter();
  private final EpochEvent event = new EpochEvent();
  private final StatusBoard board = new StatusBoard();
  private final EpochWriter writer;
  private final OutputWatch output;
  private final Relocations relocations;
  private final EpochPacer pacer;
  private long stoodNanos;
  private final Thread thread;
  private final AtomicReference<HandoffRequest> request = new AtomicReference<>();
  private volatile boolean closing;
  private final StatusBoard.Counts counts = new StatusBoard.Counts();

  private Protector(ProtectorSetup setup, Listener listener) {
    this.setup = setup;
    this.listener = listener;
    this.log = setup.log().owner();
    this.vm = setup.vm();
    this.writer = new EpochWriter(vm, setup.tracker(), log, setup.live(), this::awaitRingSpace);
    this.output = new OutputWatch(vm, setup.live());
    this.relocations = new Relocations(guest(), vm, writer, output);
    this.pacer = new EpochPacer(setup.pace());
    counts.committedEpoch = setup.log().identity().startEpoch();
    publish(Phase.SYNCING);
    event.guest = guest();
    this.thread =
        Thread.ofPlatform()
            .name("epoch-" + setup.log().identity().guest())
            .daemon(true)
            .unstarted(this::run);
  }

  /** Starts to protect; returns at once. */
  public static Protector start(ProtectorSetup setup, Listener listener) {
    Protector protector = new Protector(setup, listener);
    protector.thread.start();
    return protector;
  }

  /**
   * A consistent snapshot, at most one epoch old; the pauses and the relocation are those of now.
   * Any thread.
   */
  public ProtectorStatus status() {
    return board.read(pauses.read(), relocations.progress());
  }

  /**
   * Hands the guest to whoever waits at {@code area} over the live image; epochs go on until the
   * target is armed and the standby has applied the last one. On return the guest's process here is
   * gone, and the target runs the guest, or is about to. Any thread but the epoch thread.
   *
   * @param area stays open until this returned and, if it throws, until this protector is closed
   * @param timeout waits about this long at most before the point of no return
   * @throws FaultException when the guest stays here; it runs on, protected as before
   */
  public HandoffResult handoff(HandoffArea area, Duration timeout) {
    long deadline = System.nanoTime() + timeout.toNanos();
    HandoffRequest mine =
        new HandoffRequest(
            new Departure(vm, area, deadline, () -> closing, log::takenAcquire),
            new CompletableFuture<>());
    if (!request.compareAndSet(null, mine)) {
      throw new FaultException(
          FaultKind.TRY_AGAIN, describe() + " is being handed over already; wait for that to end");
    }
    LockSupport.unpark(thread);
    if (!thread.isAlive()) {
      refuseHandoff();
    }
    return Answer.await(mine.result(), timeout.plusSeconds(30), describe() + ": handoff");
  }

  /**
   * Moves the guest's memory to another file while the epochs go on, once the standby is synced.
   * Tracker and live image of the setup are replaced by those of the outcome. Any thread.
   *
   * @param to a new file as long as the guest's memory, all zeros; removed when the guest stays
   * @throws FaultException TRY_AGAIN when another relocation is under way
   */
  public Relocation relocate(MappedFile to) {
    Relocation relocation = relocations.request(to);
    LockSupport.unpark(thread);
    return relocation;
  }

  /** Ends the epochs with the guest running; idempotent. Log, tracker and guest stay open. */
  @Override
  public void close() {
    closing = true;
    LockSupport.unpark(thread);
    Answer.awaitEnd(thread);
  }

  private void run() {
    Phase end = Phase.STOPPED;
    try {
      if (setup.log().identity().synced()) {
        vm.output().hold();
        writer.begin(counts.committedEpoch + 1);
        writer.copy(setup.written());
      } else {
        firstSync();
      }
      publish(Phase.PROTECTED);
      listener.synced(counts.committedEpoch);
      end = epochs();
    } catch (Deposed e) {
      end = Phase.DEPOSED;
    } catch (Closing e) {
      end = Phase.STOPPED;
    } catch (FaultException e) {
      end = closing ? Phase.STOPPED : failed(e);
    } catch (Throwable t) {
      LOG.error("vm={} epoch thread ended by a programming error", guest(), t);
      end = failed(new FaultException(FaultKind.ERROR, describe() + ": " + t, t));
    } finally {
      relocations.end(notProtected("moved"));
      publish(end);
      writer.close();
      if (end != Phase.HANDED_OFF) {
        refuseHandoff();
        writer.closeStates();
      }
    }
    if (end == Phase.DEPOSED) {
      listener.deposed(setup.log().identity().generation());
    }
  }

  private Phase failed(FaultException fault) {
    publish(Phase.FAILED);
    listener.failed(fault);
    return Phase.FAILED;
  }

  /** Ends with a standby that holds the image, and an epoch committed since the gate was closed. */
  private void firstSync() {
    writer.begin(counts.committedEpoch + 1);
    writer.copyWhole();
    commitAndRun();
    while (!log.standbySyncedAcquire()) {
      epoch();
    }
    vm.output().hold();
    epoch();
  }

  private Phase epochs() {
    while (!closing) {
      HandoffRequest wanted = request.get();
      if (wanted == null || !isDue(wanted)) {
        epoch();
      } else if (relocations.underWay()) {
        request.set(null);
        wanted.result().completeExceptionally(relocations.inTheWay());
      } else if (handOver(wanted)) {
        return Phase.HANDED_OFF;
      } else {
        request.set(null);
      }
    }
    return Phase.STOPPED;
  }

  /**
   * A handoff begins when nothing keeps the guest standing still but the handoff itself: the target
   * is armed, and the standby holds an epoch that was committed here.
   */
  private boolean isDue(HandoffRequest wanted) {
    boolean applied = counts.epochs > 0 && log.appliedEpochAcquire() >= counts.committedEpoch;
    return wanted.departure().isHopeless() || (applied && wanted.departure().isDue());
  }

  /** One epoch, unless something more urgent comes up while the guest runs. */
  private void epoch() {
    writer.begin(counts.committedEpoch + 1);
    if (!letRun()) {
      return;
    }
    if (writer.armedPauseBytes() > EpochPacer.CLEAN_BYTES) {
      writer.copyWritten();
    }
    if (pacer.endedEarly()) {
      counts.outputEpochs++;
    }
    commitAndRun();
  }

  /** Returns whether the epoch is due; otherwise a handoff is. */
  private boolean letRun() {
    pacer.started(System.nanoTime(), stoodNanos);
    while (true) {
      requireOpen();
      HandoffRequest wanted = counts.phase == Phase.SYNCING ? null : request.get();
      if (wanted != null && isDue(wanted)) {
        return false;
      }
      long now = System.nanoTime();
      EpochPacer.Step step = pacer.step(now, output.look(now), output.movedNanos());
      if (step == EpochPacer.Step.RUN) {
        long rest = pacer.restNanos(now, output.watching());
        LockSupport.parkNanos(Math.min(rest, nextLookNanos(now, wanted)));
      } else if (step == EpochPacer.Step.END
          || pacer.copied(System.nanoTime(), writer.copyWritten())) {
        return true;
      }
    }
  }

  /** Copies a little of a relocation; returns when there is something to look at again. */
  private long nextLookNanos(long nowNanos, HandoffRequest wanted) {
    long next = counts.phase == Phase.PROTECTED ? relocations.copy(nowNanos) : Long.MAX_VALUE;
    return wanted == null ? next : Math.min(next, EXPECTING_NANOS);
  }

  private void requireOpen() {
    if (closing) {
      throw new Closing();
    }
  }

  private void commitAndRun() {
    boolean runOn = true;
    event.begin();
    try {
      writer.pauseAndCommit();
      output.seal();
      counts.committedEpoch++;
      counts.epochs++;
      runOn = !log.takenAcquire();
      if (!runOn) {
        throw new Deposed();
      }
      relocations.switchWhenCopied();
    } catch (Deposed e) {
      runOn = false;
      throw e;
    } finally {
      if (runOn) {
        resumeAfterPause();
      }
    }
    release();
    event.record(counts.committedEpoch, writer);
    relocations.resumed();
    publish(counts.phase);
  }

  /** The epoch is committed: what it caused may leave, unless the guest was taken meanwhile. */
  private void release() {
    if (log.takenAcquire()) {
      throw new Deposed();
    }
    if (vm.output().state() == OutputGate.State.HELD) {
      vm.output().release();
      counts.releases++;
    }
  }

  private void resumeAfterPause() {
    long contNanos = System.nanoTime();
    vm.resume();
    long runningNanos = System.nanoTime();
    event.end();
    event.cont = runningNanos - contNanos;
    stoodNanos = runningNanos - writer.stopNanos();
    pauses.record(stoodNanos);
  }

  private boolean handOver(HandoffRequest wanted) {
    Departure departure = wanted.departure();
    try {
      departure.awaitArmed();
      long copied = writer.copiedBytes();
      HandoffResult result =
          departure.release(
              counts.committedEpoch + 1,
              writer.spareState(),
              counts.committedEpoch,
              writer.committedState());
      publish(Phase.HANDED_OFF);
      letGo(departure);
      wanted.result().complete(result.withCopiedBytes(writer.copiedBytes() - copied));
      return true;
    } catch (Departure.Refused e) {
      wanted.result().completeExceptionally(e.fault());
      return false;
    } catch (RuntimeException e) {
      wanted
          .result()
          .completeExceptionally(
              new FaultException(
                  FaultKind.ERROR, describe() + ": the handoff ended with its pairing", e));
      throw e;
    }
  }

  /** After the point of no return: nothing that fails here changes what happened. */
  private void letGo(Departure departure) {
    try {
      departure.awaitRunning();
      departure.publishWritten(writer.writtenSinceCommit());
    } catch (FaultException e) {
      LOG.warn(
          "vm={} the target is not told what was written last, so its standby needs a full copy: {}",
          guest(),
          e.getMessage());
    }
    vm.kill();
  }

  private void awaitRingSpace() {
    requireOpen();
    if (log.takenAcquire()) {
      throw new Deposed();
    }
    LockSupport.parkNanos(WAIT_FOR_STANDBY_NANOS);
  }

  private void publish(Phase phase) {
    counts.phase = phase;
    counts.appliedEpoch = log.appliedEpochSeen();
    counts.take(writer);
    board.show(counts);
  }

  private void refuseHandoff() {
    HandoffRequest late = request.getAndSet(null);
    if (late != null) {
      late.result().completeExceptionally(notProtected("handed over"));
    }
  }

  private FaultException notProtected(String what) {
    return new FaultException(
        FaultKind.TRY_AGAIN,
        describe()
            + " is not being protected any more, so it cannot be "
            + what
            + "; wait for its next standby");
  }

  private String guest() {
    return setup.log().identity().guest();
  }

  private String describe() {
    return "guest " + guest();
  }
}
