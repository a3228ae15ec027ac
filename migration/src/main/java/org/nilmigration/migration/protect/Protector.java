package org.nilmigration.migration.protect;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.nilmigration.checkpoint.log.LogOwner;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.StateBuffer;
import org.nilmigration.migration.protect.ProtectorStatus.Phase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The owner's side of one pairing: commits an epoch of the running guest every interval, and hands
 * the guest over when asked. Owns the thread {@code epoch-GUEST}.
 *
 * <p>After every commit it looks at the standby's <em>taken</em> word before the guest runs on
 * (design, rule 5); once taken, it leaves the guest paused for the caller to kill.
 */
public final class Protector implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Protector.class);
  private static final long PRECOPY_BYTES = 256 * 4096;
  private static final long WAIT_FOR_STANDBY_NANOS = 200_000;

  /** Told once each, on the epoch thread: only enqueue. */
  public interface Listener {
    /** The standby holds a complete image: a takeover is possible from now on. */
    void synced(long epoch);

    /** The standby took the guest over; the guest here is paused and has to be killed. */
    void deposed(long generation);

    /** Checkpoints ended; the guest runs on unless its process is gone. */
    void failed(FaultException fault);
  }

  private record HandoffRequest(long deadlineNanos, CompletableFuture<HandoffResult> result) {}

  private final ProtectorSetup setup;
  private final Listener listener;
  private final LogOwner log;
  private final GuestProcess vm;
  private final PauseMeter pauses = new PauseMeter();
  private final StateBuffer state = new StateBuffer();
  private final EpochWriter writer;
  private final SourceHandoff handoff;
  private final Thread thread;
  private final AtomicReference<HandoffRequest> request = new AtomicReference<>();
  private volatile boolean closing;
  private volatile ProtectorStatus status;
  private long lastEpochBytes;
  private long epochs;

  private Protector(ProtectorSetup setup, Listener listener) {
    this.setup = setup;
    this.listener = listener;
    this.log = setup.log().owner();
    this.vm = setup.vm();
    this.writer =
        new EpochWriter(vm, setup.tracker(), log, setup.live(), this::awaitRingSpace, state);
    this.handoff = new SourceHandoff(vm, log, writer, () -> closing);
    this.status =
        new ProtectorStatus(
            Phase.SYNCING, setup.log().identity().startEpoch(), 0, 0, 0, 0, 0, pauses.read());
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

  /** A consistent snapshot, at most one epoch old. Any thread. */
  public ProtectorStatus status() {
    return status;
  }

  /**
   * Hands the guest to the standby. On return the guest's process here is paused for good, ends
   * before this protector does, and the target runs the guest, or is about to. Waits at most about
   * {@code timeout} before the point of no return. Any thread but the epoch thread.
   *
   * @throws FaultException when the guest stays here; it runs on, protected as before
   */
  public HandoffResult handoff(Duration timeout) {
    HandoffRequest mine =
        new HandoffRequest(System.nanoTime() + timeout.toNanos(), new CompletableFuture<>());
    if (!request.compareAndSet(null, mine)) {
      throw new FaultException(
          FaultKind.TRY_AGAIN, describe() + " is being handed over already; wait for that to end");
    }
    LockSupport.unpark(thread);
    if (!thread.isAlive()) {
      refuse(request.getAndSet(null));
    }
    return Answer.await(mine.result, timeout.plusSeconds(30), describe() + ": handoff");
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
        publish(Phase.PROTECTED);
        listener.synced(status.committedEpoch());
      } else {
        firstSync();
      }
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
      publish(end);
      HandoffRequest late = request.getAndSet(null);
      if (late != null && end != Phase.HANDED_OFF) {
        refuse(late);
      }
      if (end != Phase.HANDED_OFF) {
        state.close();
      }
    }
    if (end == Phase.DEPOSED) {
      listener.deposed(setup.log().identity().generation());
    }
  }

  private Phase failed(FaultException fault) {
    if (status.phase() == Phase.HANDED_OFF) {
      LOG.warn("vm={} after it was handed over: {}", guest(), fault.getMessage());
      return Phase.HANDED_OFF;
    }
    publish(Phase.FAILED);
    listener.failed(fault);
    return Phase.FAILED;
  }

  private void firstSync() {
    writer.begin(status.committedEpoch() + 1);
    writer.copyWhole();
    commitAndRun();
  }

  private Phase epochs() {
    while (!closing) {
      HandoffRequest wanted = request.getAndSet(null);
      if (wanted != null) {
        if (handOver(wanted)) {
          handoff.awaitRunning();
          vm.kill();
          return Phase.HANDED_OFF;
        }
      } else {
        letRun();
        if (!closing && request.get() == null) {
          epoch();
        }
      }
    }
    return Phase.STOPPED;
  }

  private void epoch() {
    writer.begin(status.committedEpoch() + 1);
    if (lastEpochBytes > PRECOPY_BYTES) {
      writer.copyWritten();
    }
    commitAndRun();
  }

  private void commitAndRun() {
    boolean runOn = true;
    try {
      long before = writer.copiedBytes();
      writer.pauseAndCommit();
      lastEpochBytes = writer.copiedBytes() - before;
      epochs++;
      runOn = !log.takenAcquire();
      if (!runOn) {
        throw new Deposed();
      }
    } catch (Deposed e) {
      runOn = false;
      throw e;
    } finally {
      if (runOn) {
        resumeAfterPause();
      }
    }
    afterCommit();
  }

  private void resumeAfterPause() {
    vm.resume();
    pauses.record(System.nanoTime() - writer.stopNanos());
  }

  private void afterCommit() {
    boolean wasSyncing = status.phase() == Phase.SYNCING;
    boolean synced = !wasSyncing || log.standbySyncedAcquire();
    long epoch = status.committedEpoch() + 1;
    status =
        new ProtectorStatus(
            synced ? Phase.PROTECTED : Phase.SYNCING,
            epoch,
            writer.committedNanos(),
            log.appliedEpochAcquire(),
            epochs,
            writer.copiedBytes(),
            writer.stateBytes(),
            pauses.read());
    if (wasSyncing && synced) {
      listener.synced(epoch);
    }
  }

  private boolean handOver(HandoffRequest wanted) {
    try {
      HandoffResult result =
          handoff.run(status.committedEpoch() + 1, wanted.deadlineNanos(), state);
      publish(Phase.HANDED_OFF);
      wanted.result().complete(result);
      return true;
    } catch (SourceHandoff.Refused e) {
      if (e.committed()) {
        epochs++;
        afterCommit();
      }
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

  private void letRun() {
    long until = System.nanoTime() + setup.interval().toNanos();
    for (long left = until - System.nanoTime();
        left > 0 && !closing && request.get() == null;
        left = until - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private void awaitRingSpace() {
    if (closing) {
      throw new Closing();
    }
    if (log.takenAcquire()) {
      throw new Deposed();
    }
    LockSupport.parkNanos(WAIT_FOR_STANDBY_NANOS);
  }

  private void publish(Phase phase) {
    ProtectorStatus s = status;
    status =
        new ProtectorStatus(
            phase,
            s.committedEpoch(),
            s.committedNanos(),
            s.appliedEpoch(),
            epochs,
            writer.copiedBytes(),
            s.stateBytes(),
            pauses.read());
  }

  private void refuse(HandoffRequest late) {
    if (late != null) {
      late.result()
          .completeExceptionally(
              new FaultException(
                  FaultKind.TRY_AGAIN,
                  describe()
                      + " is not being protected any more, so it cannot be handed over; wait for"
                      + " its next standby"));
    }
  }

  private String guest() {
    return setup.log().identity().guest();
  }

  private String describe() {
    return "guest " + guest();
  }

  /** The standby took the guest; the guest must not run on here. */
  static final class Deposed extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** The protector is being closed while it waits. */
  static final class Closing extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }
}
