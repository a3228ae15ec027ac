package org.nilmigration.migration.protect;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.nilmigration.checkpoint.log.HandoffSource;
import org.nilmigration.checkpoint.log.HandoffTarget;
import org.nilmigration.checkpoint.log.LogOwner;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.StateBuffer;

/**
 * The source's side of a planned handoff, on the epoch thread. Only words in the region decide
 * while the guest stands still:
 *
 * <pre>
 *   target ARMED    it polls fast, its tracker is armed
 *   source READY    the last epoch is committed, the guest is paused
 *   target LOADED   the state is in, the guest is paused there, too
 *   source RELEASED point of no return: the guest never runs here again
 *   target RUNNING  the guest runs there; the source ends its paused process (in any case, soon)
 *   source ABORTED  instead of RELEASED: the guest runs on here, the target drops what it loaded
 * </pre>
 *
 * Whoever finds anything but RELEASED may be sure that the source still owns the guest.
 */
final class SourceHandoff {
  private static final long POLL_NANOS = 20_000;
  private static final long BULK_BYTES = 1L << 20;
  private static final int PASSES_MAX = 4;
  private static final long RUNNING_WITHIN_NANOS = 100_000_000;

  private final GuestProcess vm;
  private final LogOwner log;
  private final EpochWriter writer;
  private final BooleanSupplier closing;

  SourceHandoff(GuestProcess vm, LogOwner log, EpochWriter writer, BooleanSupplier closing) {
    this.vm = vm;
    this.log = log;
    this.writer = writer;
    this.closing = closing;
  }

  /**
   * Hands over with {@code epoch} as the last one committed here.
   *
   * @throws Refused when the guest runs on here
   * @throws Protector.Deposed when the standby took the guest over meanwhile
   */
  HandoffResult run(long epoch, long deadlineNanos, StateBuffer state) {
    awaitTarget(HandoffTarget.ARMED, deadlineNanos, false);
    awaitApplied(epoch - 1, deadlineNanos);
    writer.begin(epoch);
    for (int pass = 0; pass < PASSES_MAX && writer.copyWritten() > BULK_BYTES; pass++) {
      // each pass leaves less to copy while the guest stands still
    }
    pauseAndCommit();
    log.publishHandoff(HandoffSource.READY, epoch, writer.stopNanos());
    try {
      awaitTarget(HandoffTarget.LOADED, deadlineNanos, true);
    } catch (Refused e) {
      log.publishHandoff(HandoffSource.ABORTED, epoch, writer.stopNanos());
      vm.resume();
      throw e;
    }
    long loaded = System.nanoTime();
    log.publishHandoff(HandoffSource.RELEASED, epoch, writer.stopNanos());
    long released = System.nanoTime();
    return new HandoffResult(
        epoch,
        state,
        writer.stopNanos(),
        writer.capturedNanos(),
        writer.committedNanos(),
        loaded,
        released);
  }

  /**
   * Waits a little until the target runs the guest: what the source has left to do, ending the
   * paused process above all, takes milliseconds of processor time that the target needs.
   */
  void awaitRunning() {
    long until = System.nanoTime() + RUNNING_WITHIN_NANOS;
    while (log.handoffTargetAcquire() != HandoffTarget.RUNNING && System.nanoTime() - until < 0) {
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  private void pauseAndCommit() {
    boolean committed = false;
    try {
      writer.pauseAndCommit();
      committed = true;
    } finally {
      if (!committed && !log.takenAcquire()) {
        vm.resume();
      }
    }
    if (log.takenAcquire()) {
      throw new Protector.Deposed();
    }
  }

  private void awaitApplied(long epoch, long deadlineNanos) {
    await(
        () -> log.appliedEpochAcquire() >= epoch,
        deadlineNanos,
        false,
        () -> "to apply epoch " + epoch + ", it stands at " + log.appliedEpochAcquire());
  }

  private void awaitTarget(HandoffTarget wanted, long deadlineNanos, boolean committed) {
    await(
        () -> log.handoffTargetAcquire() == wanted,
        deadlineNanos,
        committed,
        () -> "to be " + wanted + ", it is " + log.handoffTargetAcquire());
  }

  private void await(
      BooleanSupplier reached, long deadlineNanos, boolean committed, Supplier<String> expected) {
    while (!reached.getAsBoolean()) {
      if (log.takenAcquire()) {
        throw new Protector.Deposed();
      }
      boolean failed = committed && log.handoffTargetAcquire() == HandoffTarget.FAILED;
      if (failed || closing.getAsBoolean() || System.nanoTime() - deadlineNanos > 0) {
        throw new Refused(
            new FaultException(
                failed ? FaultKind.ERROR : FaultKind.TIMEOUT,
                "handoff given up, the guest runs on at its old host: waited for the target "
                    + expected.get()
                    + "; look at the target's log, then migrate again"),
            committed);
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  /** The guest runs on at the source. */
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient FaultException fault;
    private final boolean committed;

    Refused(FaultException fault, boolean committed) {
      super(fault);
      this.fault = fault;
      this.committed = committed;
    }

    FaultException fault() {
      return fault;
    }

    /** True when the epoch of the attempt was committed. */
    boolean committed() {
      return committed;
    }
  }
}
