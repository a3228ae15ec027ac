package org.nilmigration.migration.protect;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.nilmigration.checkpoint.dirty.DirtyTracker;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.handoff.AreaTarget;
import org.nilmigration.checkpoint.handoff.HandoffSource;
import org.nilmigration.checkpoint.handoff.HandoffTarget;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The target's side of one attempt of a planned handoff, see {@link Departure} for the words: a
 * guest process that waits over the source's own live image, takes the device state as it comes and
 * runs the guest once the source let go. It writes no guest memory before RUNNING is published.
 * Owns the thread {@code arrive-GUEST}.
 */
public final class Arrival implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Arrival.class);

  /** Not shorter: on few processors each look takes time from the process that saves the state. */
  private static final long PIECE_NANOS = 100_000;

  private static final long LOADED_NANOS = 50_000;
  private static final long WRITTEN_NANOS = 500_000;

  /** Told once, on the arrival's thread: only enqueue. A cancelled arrival tells nothing. */
  public interface Listener {
    /** The source let go and the guest runs here. */
    void arrived(HandedOver handedOver);

    /** The guest does not come: the source gave up, or it could not be run here. */
    void failed(FaultException fault);
  }

  private final ArrivalSetup setup;
  private final Listener listener;
  private final AreaTarget area;
  private final Thread thread;

  /** Set by whoever comes first: the arrival that runs the guest, or {@link #cancel}. */
  private final AtomicBoolean decided = new AtomicBoolean();

  private volatile boolean cancelled;
  private volatile ArrivalStatus status = ArrivalStatus.STARTING;

  private Arrival(ArrivalSetup setup, Listener listener) {
    this.setup = setup;
    this.listener = listener;
    this.area = setup.area().target();
    this.thread =
        Thread.ofPlatform()
            .name("arrive-" + setup.area().identity().guest())
            .daemon(true)
            .unstarted(this::run);
  }

  /** Starts to wait for the guest; returns at once. */
  public static Arrival start(ArrivalSetup setup, Listener listener) {
    Arrival arrival = new Arrival(setup, listener);
    arrival.thread.start();
    return arrival;
  }

  /** Any thread. */
  public ArrivalStatus status() {
    return status;
  }

  /**
   * Lets go of everything, unless it is too late. Any thread but the arrival's; idempotent.
   *
   * @return true when the guest runs here already: the listener was told, and it stays so
   */
  public boolean cancel() {
    if (decided.compareAndSet(false, true)) {
      cancelled = true;
    }
    LockSupport.unpark(thread);
    Answer.awaitEnd(thread);
    return status == ArrivalStatus.RUNNING;
  }

  /**
   * Once the guest runs here: the pages that the source's process wrote since the guest's last
   * committed epoch, which belong to the first epoch here besides what the tracker reports. Not
   * while another thread asks.
   *
   * @return empty when the source did not say so within {@code within}: it died
   */
  public Optional<PageRuns> written(Duration within) {
    long until = System.nanoTime() + within.toNanos();
    Optional<PageRuns> written = area.written();
    while (written.isEmpty() && System.nanoTime() - until < 0) {
      LockSupport.parkNanos(WRITTEN_NANOS);
      written = area.written();
    }
    return written;
  }

  /** As {@link #cancel}. A guest that runs here stays the listener's; area and image stay open. */
  @Override
  public void close() {
    boolean unused = cancel();
  }

  private void run() {
    GuestProcess vm = null;
    DirtyTracker tracker = null;
    try {
      requireNotCancelled();
      vm = setup.hypervisor().start(setup.launch());
      vm.prepareRestore();
      tracker = vm.track();
      status = ArrivalStatus.ARMED;
      area.publish(HandoffTarget.ARMED);
      HandedOver handedOver = takeIn(vm, tracker);
      status = ArrivalStatus.RUNNING;
      listener.arrived(handedOver);
    } catch (Cancelled e) {
      letGo(vm, tracker);
      status = ArrivalStatus.STOPPED;
    } catch (FaultException e) {
      fail(vm, tracker, e);
    } catch (Throwable t) {
      LOG.error("vm={} arrival ended by a programming error", guest(), t);
      fail(vm, tracker, new FaultException(FaultKind.ERROR, "guest " + guest() + ": " + t, t));
    }
  }

  private HandedOver takeIn(GuestProcess vm, DirtyTracker tracker) {
    MemorySegment first = firstPiece(vm);
    ArrivalEvent event = new ArrivalEvent();
    event.begin();
    boolean[] begun = {false};
    vm.restore(loaded -> {
      if (!begun[0]) {
        begun[0] = true;
        return first;
      }
      return nextPiece(loaded);
    });
    final long loaded = System.nanoTime();
    status = ArrivalStatus.LOADED;
    area.publish(HandoffTarget.LOADED);
    while (sourceNotAborted() != HandoffSource.RELEASED) {
      requireAlive(vm);
      LockSupport.parkNanos(LOADED_NANOS);
    }
    if (!decided.compareAndSet(false, true)) {
      throw new Cancelled();
    }
    if (!area.publishRunning()) {
      throw new FaultException(
          FaultKind.TRY_AGAIN,
          "guest "
              + guest()
              + ": its host took it back, for this one seemed dead; migrate it again");
    }
    vm.resume();
    HandedOver handedOver =
        new HandedOver(vm, tracker, area.epoch(), area.stopNanos(), loaded, System.nanoTime());
    event.record(guest(), handedOver);
    return handedOver;
  }

  private MemorySegment firstPiece(GuestProcess vm) {
    MemorySegment piece = area.nextState();
    while (piece.byteSize() == 0) {
      HandoffSource unused = sourceNotAborted();
      requireAlive(vm);
      LockSupport.parkNanos(PIECE_NANOS);
      piece = area.nextState();
    }
    return piece;
  }

  /**
   * Empty once the source is READY and all of its state was given, or it was loaded before the
   * source is READY.
   */
  private MemorySegment nextPiece(BooleanSupplier loaded) {
    while (true) {
      boolean complete = sourceNotAborted() == HandoffSource.READY;
      MemorySegment piece = area.nextState();
      if (piece.byteSize() > 0 || (complete && area.wholeState())) {
        return piece;
      }
      if (loaded.getAsBoolean()) {
        return MemorySegment.NULL;
      }
      LockSupport.parkNanos(PIECE_NANOS);
    }
  }

  private HandoffSource sourceNotAborted() {
    requireNotCancelled();
    HandoffSource source = area.sourceAcquire();
    if (source == HandoffSource.ABORTED) {
      throw new FaultException(
          FaultKind.TRY_AGAIN,
          "guest "
              + guest()
              + ": its host gave the handoff up and runs it on; look at that host's log, then"
              + " migrate again");
    }
    return source;
  }

  private static void requireAlive(GuestProcess vm) {
    if (vm.exit().isDone()) {
      throw new FaultException(
          FaultKind.ERROR,
          "the process that waited for the guest ended: "
              + vm.exit().join().describe()
              + "; see its stderr file, then migrate again");
    }
  }

  private void requireNotCancelled() {
    if (cancelled) {
      throw new Cancelled();
    }
  }

  private void fail(GuestProcess vm, DirtyTracker tracker, FaultException fault) {
    letGo(vm, tracker);
    status = ArrivalStatus.FAILED;
    if (!cancelled) {
      listener.failed(fault);
    }
  }

  /** Tells the source first: its guest stands still. */
  private void letGo(GuestProcess vm, DirtyTracker tracker) {
    try {
      if (setup.area().targetAcquire() != HandoffTarget.RUNNING) {
        area.publish(HandoffTarget.FAILED);
      }
    } catch (FaultException e) {
      LOG.warn(
          "vm={} the source cannot be told that it does not arrive: {}", guest(), e.getMessage());
    }
    if (vm != null) {
      vm.close();
    }
    if (tracker != null) {
      tracker.close();
    }
  }

  private String guest() {
    return setup.area().identity().guest();
  }

  /** Somebody cancelled it. */
  private static final class Cancelled extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }
}
