package org.nilmigration.migration.protect;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.nilmigration.checkpoint.image.ShadowImage;
import org.nilmigration.checkpoint.log.ImageSink;
import org.nilmigration.checkpoint.log.LogStandby;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.migration.protect.ReplicaStatus.Phase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The standby's side of one pairing: applies the owner's log to the shadow image, keeps a warm
 * guest process over it, and resumes the guest there, either because the owner is gone ({@link
 * #takeover}) or because it hands the guest over ({@link #expectHandoff}). Owns the thread {@code
 * apply-GUEST}.
 */
public final class Replica implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Replica.class);
  private static final long IDLE_NANOS = 1_000_000;
  private static final long EXPECTING_NANOS = 100_000;
  private static final long LOADED_NANOS = 20_000;
  private static final Duration TAKEOVER_WITHIN = Duration.ofSeconds(60);

  /** Told once each, on the apply thread: only enqueue. */
  public interface Listener {
    /** The shadow image is complete: a takeover is possible from now on. */
    void synced(long epoch);

    /** The source let go and the guest runs here. */
    void handedOver(HandedOver handedOver);

    /** The replica is of no further use; the owner has to pair anew. */
    void failed(FaultException fault);
  }

  private final ReplicaSetup setup;
  private final Listener listener;
  private final LogStandby log;
  private final ImageSink shadow;
  private final WarmStandby warm;
  private final TargetHandoff handoff;
  private final Thread thread;
  private final AtomicReference<CompletableFuture<Takeover>> takeover = new AtomicReference<>();
  private volatile long takeoverRequestedNanos;
  private volatile long expectUntilNanos;
  private volatile boolean expecting;
  private volatile boolean closing;
  private volatile ReplicaStatus status = new ReplicaStatus(Phase.TAILING, false, 0);
  private boolean toldSynced;

  private Replica(ReplicaSetup setup, Listener listener) {
    this.setup = setup;
    this.listener = listener;
    this.log = setup.log().standby();
    this.shadow = new ShadowImage(setup.shadow());
    this.warm = new WarmStandby(setup.hypervisor(), setup.launch());
    this.handoff = new TargetHandoff(log, warm);
    this.thread =
        Thread.ofPlatform()
            .name("apply-" + setup.log().identity().guest())
            .daemon(true)
            .unstarted(this::run);
  }

  /** Starts to follow the log; returns at once, faults go to the listener. */
  public static Replica start(ReplicaSetup setup, Listener listener) {
    Replica replica = new Replica(setup, listener);
    replica.thread.start();
    return replica;
  }

  /** A consistent snapshot. Any thread. */
  public ReplicaStatus status() {
    return status;
  }

  /**
   * The owner means to hand the guest over: get everything ready and poll fast, for at most {@code
   * within}. The outcome goes to the listener, or nothing happens. Any thread.
   */
  public void expectHandoff(Duration within) {
    expectUntilNanos = System.nanoTime() + within.toNanos();
    expecting = true;
    LockSupport.unpark(thread);
  }

  /**
   * Resumes the guest from the last committed epoch. The caller has made sure of its right to do
   * so. On return the guest runs here and this replica is done. Any thread but the apply thread.
   *
   * @throws FaultException when it cannot be resumed; nothing runs here then
   */
  public Takeover takeover() {
    CompletableFuture<Takeover> mine = new CompletableFuture<>();
    takeoverRequestedNanos = System.nanoTime();
    if (!takeover.compareAndSet(null, mine)) {
      throw new FaultException(FaultKind.TRY_AGAIN, describe() + " is being taken over already");
    }
    LockSupport.unpark(thread);
    if (!thread.isAlive()) {
      refuseTakeover();
    }
    return Answer.await(mine, TAKEOVER_WITHIN, describe() + ": takeover");
  }

  /** Stops following and ends the warm process; idempotent. Log and image stay open. */
  @Override
  public void close() {
    closing = true;
    LockSupport.unpark(thread);
    Answer.awaitEnd(thread);
  }

  private void run() {
    Phase end = Phase.STOPPED;
    try {
      warm.ensureReady();
      log.publishAttached();
      end = follow();
    } catch (FaultException e) {
      end = failed(e);
    } catch (Throwable t) {
      LOG.error("vm={} apply thread ended by a programming error", guest(), t);
      end = failed(new FaultException(FaultKind.ERROR, describe() + ": " + t, t));
    } finally {
      warm.close();
      publish(end);
      refuseTakeover();
    }
  }

  private Phase failed(FaultException fault) {
    publish(Phase.FAILED);
    CompletableFuture<Takeover> wanted = takeover.get();
    if (wanted != null) {
      wanted.completeExceptionally(fault);
    } else if (!closing) {
      listener.failed(fault);
    }
    return Phase.FAILED;
  }

  private Phase follow() {
    while (!closing) {
      if (takeover.get() != null) {
        takeOver();
        return Phase.RUNNING;
      }
      boolean progress = !handoff.isLoaded() && log.poll(shadow);
      noteSynced();
      if (advanceHandoff()) {
        return Phase.RUNNING;
      }
      if (!progress) {
        LockSupport.parkNanos(pollNanos());
      }
    }
    return Phase.STOPPED;
  }

  /** Polling takes processor time from the very work it waits for. */
  private long pollNanos() {
    if (handoff.isLoaded()) {
      return LOADED_NANOS;
    }
    return handoff.isActive() ? EXPECTING_NANOS : IDLE_NANOS;
  }

  private boolean advanceHandoff() {
    if (handoff.isActive() || expecting) {
      expecting = false;
      if (handoff.advance(expectUntilNanos)) {
        HandedOver result = handoff.run();
        publish(Phase.RUNNING);
        listener.handedOver(result);
        return true;
      }
      publish(handoff.phase());
    } else if (warm.isDead()) {
      LOG.warn("vm={} the warm standby process ended by itself; starting another", guest());
      warm.ensureReady();
    }
    return false;
  }

  private void takeOver() {
    log.publishTaken();
    final long taken = System.nanoTime();
    long epoch = log.recover(shadow);
    long recovered = System.nanoTime();
    boolean initial = log.state().byteSize() == 0 && setup.initialState() != null;
    if (initial) {
      warm.load(epoch, setup.initialState().segment(), setup.initialState().length());
    } else {
      warm.load(epoch, log.state(), log.state().byteSize());
    }
    long restored = System.nanoTime();
    var vm = warm.run();
    long running = System.nanoTime();
    publish(Phase.RUNNING);
    takeover
        .get()
        .complete(
            new Takeover(vm, epoch, takeoverRequestedNanos, taken, recovered, restored, running));
  }

  private void noteSynced() {
    if (!toldSynced && log.synced()) {
      toldSynced = true;
      publish(handoff.phase());
      listener.synced(log.appliedEpoch());
    }
  }

  private void publish(Phase phase) {
    status = new ReplicaStatus(phase, log.synced(), log.appliedEpoch());
  }

  private void refuseTakeover() {
    CompletableFuture<Takeover> wanted = takeover.get();
    if (wanted != null) {
      wanted.completeExceptionally(
          new FaultException(
              FaultKind.UNAVAILABLE,
              describe() + " cannot be taken over here: this host follows it no longer"));
    }
  }

  private String guest() {
    return setup.log().identity().guest();
  }

  private String describe() {
    return "guest " + guest();
  }
}
