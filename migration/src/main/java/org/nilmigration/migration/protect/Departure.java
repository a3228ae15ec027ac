package org.nilmigration.migration.protect;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.handoff.AreaSource;
import org.nilmigration.checkpoint.handoff.HandoffArea;
import org.nilmigration.checkpoint.handoff.HandoffTarget;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.StateBuffer;

/**
 * The source's side of a planned handoff by reference: the target has mapped the live image, so
 * only device state changes hands. Words in the handoff area decide while the guest stands still:
 *
 * <pre>
 *   target ARMED    it polls fast, its tracker is armed
 *   source (state)  the guest is paused, its state comes piece by piece
 *   source READY    the state is complete
 *   target LOADED   the state is in, the guest is paused there, too; may come before READY
 *   source RELEASED point of no return: the guest never runs here again
 *   target RUNNING  the guest runs there
 *   source ABORTED  instead of RELEASED: the guest runs on here, the target drops what it loaded
 * </pre>
 *
 * Whoever finds anything but RELEASED may be sure that the source still owns the guest. Used by one
 * thread, once.
 */
public final class Departure {
  /** Not shorter: on few processors each look takes time from the process that it waits for. */
  private static final long POLL_NANOS = 50_000;

  private static final long RUNNING_WITHIN_NANOS = 100_000_000;

  /** From RUNNING, which is said before the guest runs, until it does. */
  private static final long SETTLE_NANOS = 2_000_000;

  /** The guest stands still meanwhile; loading takes milliseconds. */
  private static final long LOADED_WITHIN_NANOS = 2_000_000_000;

  private final GuestProcess vm;
  private final AreaSource area;
  private final long deadlineNanos;
  private final BooleanSupplier abandoned;
  private final BooleanSupplier closing;
  private final BooleanSupplier taken;
  private final HandoffEvent event = new HandoffEvent();

  /**
   * @param closing asked while it waits: give up
   * @param taken asked while it waits: the standby took the guest over
   */
  Departure(
      GuestProcess vm,
      HandoffArea area,
      long deadlineNanos,
      BooleanSupplier closing,
      BooleanSupplier taken) {
    this.vm = vm;
    this.area = area.source();
    this.abandoned = area::isAbandoned;
    this.deadlineNanos = deadlineNanos;
    this.closing = closing;
    this.taken = taken;
    event.guest = area.identity().guest();
  }

  /**
   * Hands over a guest without a standby, on the calling thread. On return its process here is gone
   * and the target runs the guest, or is about to.
   *
   * @throws FaultException when the guest stays here; it runs on
   */
  public static HandoffResult run(GuestProcess vm, HandoffArea area, Duration timeout) {
    Departure departure =
        new Departure(vm, area, System.nanoTime() + timeout.toNanos(), () -> false, () -> false);
    StateBuffer state = new StateBuffer();
    boolean released = false;
    try {
      departure.awaitArmed();
      HandoffResult result = departure.release(0, state, 0, null);
      released = true;
      departure.awaitRunning();
      vm.kill();
      return result;
    } catch (Refused e) {
      throw e.fault();
    } finally {
      if (!released) {
        state.close();
      }
    }
  }

  /** Whether the wait for the target is over, either way. */
  boolean isDue() {
    return area.targetAcquire() == HandoffTarget.ARMED || isHopeless();
  }

  /** Whether there is nothing to wait for any more. */
  boolean isHopeless() {
    return area.targetAcquire() == HandoffTarget.FAILED
        || abandoned.getAsBoolean()
        || closing.getAsBoolean()
        || System.nanoTime() - deadlineNanos > 0;
  }

  /** The guest runs. */
  void awaitArmed() {
    while (!isDue()) {
      LockSupport.parkNanos(POLL_NANOS);
    }
    if (area.targetAcquire() != HandoffTarget.ARMED || isHopeless()) {
      throw abort(refused("to be ARMED, it is " + area.targetAcquire()));
    }
  }

  /** Tells the target that nothing comes; the guest runs on here. */
  Refused abort(Refused why) {
    area.publishAborted();
    return why;
  }

  /**
   * Pauses the guest and lets go of it.
   *
   * @param epoch what is handed over
   * @param state filled with the state of that epoch
   * @param committed the state of {@code committedEpoch}, passed on
   * @throws Refused when the guest runs on here
   * @throws Deposed when the standby took the guest over meanwhile; it stays paused
   */
  HandoffResult release(long epoch, StateBuffer state, long committedEpoch, StateBuffer committed) {
    boolean released = false;
    try {
      event.begin();
      long stop = System.nanoTime();
      vm.capture(state, () -> area.stream(state.segment(), state.length()));
      final long captured = System.nanoTime();
      area.publishReady(epoch, stop);
      awaitLoaded();
      final long loaded = System.nanoTime();
      requireNotTaken();
      released = true;
      area.publishReleased();
      HandoffResult result =
          new HandoffResult(
              epoch,
              state,
              committedEpoch,
              committed,
              0,
              stop,
              captured,
              loaded,
              System.nanoTime());
      event.record(result);
      return result;
    } catch (Deposed e) {
      area.publishAborted();
      throw e;
    } catch (RuntimeException e) {
      if (released) {
        throw e;
      }
      runOn(e);
      throw e instanceof FaultException fault ? new Refused(fault) : e;
    }
  }

  private void runOn(RuntimeException why) {
    try {
      area.publishAborted();
    } catch (FaultException e) {
      why.addSuppressed(e); // nor does the target read RELEASED there
    }
    requireNotTaken();
    vm.resume();
  }

  private void awaitLoaded() {
    long until = System.nanoTime() + LOADED_WITHIN_NANOS;
    while (area.targetAcquire() != HandoffTarget.LOADED) {
      requireNotTaken();
      if (isHopeless() || System.nanoTime() - until > 0) {
        throw refused("to be LOADED, it is " + area.targetAcquire());
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  private void requireNotTaken() {
    if (taken.getAsBoolean()) {
      throw new Deposed();
    }
  }

  /**
   * Waits a little until the target runs the guest: what the source has left to do, the last look
   * at the guest's pages and the end of its process, takes milliseconds of processor time that a
   * target on the same machine needs. Another target asks for those pages only later.
   */
  void awaitRunning() {
    long until = System.nanoTime() + RUNNING_WITHIN_NANOS;
    while (area.targetAcquire() != HandoffTarget.RUNNING && System.nanoTime() - until < 0) {
      LockSupport.parkNanos(POLL_NANOS);
    }
    LockSupport.parkNanos(SETTLE_NANOS);
  }

  /** Tells the target what was written here since the last commit. */
  void publishWritten(PageRuns written) {
    area.publishWritten(written);
  }

  Refused refused(String expected) {
    return new Refused(
        new FaultException(
            area.targetAcquire() == HandoffTarget.FAILED ? FaultKind.ERROR : FaultKind.TIMEOUT,
            "handoff given up, the guest runs on at its old host: waited "
                + expected
                + "; look at the target's log, then migrate again"));
  }

  /** The guest runs on at the source. */
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient FaultException fault;

    Refused(FaultException fault) {
      super(fault);
      this.fault = fault;
    }

    FaultException fault() {
      return fault;
    }
  }
}
