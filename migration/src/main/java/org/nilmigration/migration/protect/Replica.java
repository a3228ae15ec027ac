package org.nilmigration.migration.protect;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.nilmigration.checkpoint.image.ShadowImage;
import org.nilmigration.checkpoint.log.ImageSink;
import org.nilmigration.checkpoint.log.LogStandby;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.migration.hypervisor.StateBuffer;
import org.nilmigration.migration.protect.ReplicaStatus.Phase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The standby's side of one pairing: applies the owner's log to the shadow image, keeps a warm
 * guest process over it, and resumes the guest there when the owner is gone ({@link #takeover}).
 * When the guest changes its owner, it passes on what it knows ({@link #detach}). Owns the thread
 * {@code apply-GUEST}.
 */
public final class Replica implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Replica.class);
  private static final long IDLE_NANOS = 2_000_000;
  private static final Duration COOL_WITHIN = Duration.ofSeconds(10);
  private static final Duration TAKEOVER_WITHIN = Duration.ofSeconds(60);

  /** Told on the apply thread: only enqueue. */
  public interface Listener {
    /** The shadow image is complete: a takeover is possible from now on. */
    void synced(long epoch);

    /** The replica is of no further use; the owner has to pair anew. */
    void failed(FaultException fault);

    /**
     * Whether somebody waits for the apply thread, as before and in a takeover; nobody does at
     * first. Until the next call what the thread does is work in the background.
     */
    default void urgent(boolean isUrgent) {}
  }

  private final ReplicaSetup setup;
  private final Listener listener;
  private final LogStandby log;
  private final ImageSink shadow;
  private final WarmStandby warm;
  private final Thread thread;
  private final AtomicReference<CompletableFuture<Takeover>> takeover = new AtomicReference<>();
  private volatile long takeoverRequestedNanos;
  private volatile boolean closing;
  private volatile CompletableFuture<Void> cold;
  private volatile boolean makingReady;
  private volatile ReplicaStatus status = new ReplicaStatus(Phase.TAILING, false, 0);
  private final ApplyEvent applied = new ApplyEvent();
  private boolean toldSynced;
  private boolean urgent;
  private long epoch;
  private long epochNanos;

  private Replica(ReplicaSetup setup, Listener listener) {
    this.setup = setup;
    this.listener = listener;
    this.log = setup.log().standby();
    this.shadow = new ShadowImage(setup.shadow());
    applied.guest = guest();
    this.warm = new WarmStandby(setup.hypervisor(), setup.launch());
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

  /**
   * A takeover is about to be asked for: the waiting process loads the device state of the last
   * commit meanwhile, so that {@link #takeover} only has to run the guest. An owner that commits
   * after all makes this vain, not wrong. Until the takeover, or {@link #standDown} where it does
   * not come. Returns at once; any thread.
   */
  public void makeReady() {
    makingReady = true;
    LockSupport.unpark(thread);
  }

  /** Ends {@link #makeReady}: the process waits for any state again. Any thread. */
  public void standDown() {
    makingReady = false;
    LockSupport.unpark(thread);
  }

  /**
   * Ends the process that waits for a takeover, until {@link #warm}: another one of the same guest
   * on this host needs its TAP devices. A takeover works all the same, only later. On return the
   * process is gone. Any thread but the apply thread.
   */
  public void cool() {
    CompletableFuture<Void> mine = new CompletableFuture<>();
    cold = mine;
    LockSupport.unpark(thread);
    if (thread.isAlive()) {
      Answer.await(mine, COOL_WITHIN, describe() + ": end of its waiting process");
    }
  }

  /** A process waits for a takeover again. Any thread. */
  public void warm() {
    cold = null;
    LockSupport.unpark(thread);
  }

  /** Stops following and ends the warm process; idempotent. Log and image stay open. */
  @Override
  public void close() {
    closing = true;
    LockSupport.unpark(thread);
    Answer.awaitEnd(thread);
  }

  /**
   * What a standby that goes on with the guest's next owner starts from.
   *
   * @param epoch the shadow image equals it
   * @param state its device state, now the caller's to close
   */
  public record Detached(long epoch, StateBuffer state) {}

  /**
   * Stops following, as {@link #close}, and hands out what the shadow image stands at. Any thread
   * but the apply thread.
   *
   * @throws FaultException when the image equals no epoch, or the guest was resumed from it
   */
  public Detached detach() {
    close();
    MemorySegment state = appliedState();
    if (status.phase() != Phase.STOPPED || state.byteSize() == 0) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          describe()
              + ": its standby image cannot go on with another owner: found it "
              + status
              + ", expected it to follow and to be synced; pair the guest anew");
    }
    return new Detached(log.appliedEpoch(), StateBuffer.copyOf(state));
  }

  /** Device state of the applied epoch: from the log, or the one that its start came with. */
  private MemorySegment appliedState() {
    MemorySegment applied = log.state();
    StateBuffer initial = setup.initialState();
    return applied.byteSize() == 0 && initial != null
        ? initial.segment().asSlice(0, initial.length())
        : applied;
  }

  private void run() {
    Phase end = Phase.STOPPED;
    try {
      listener.urgent(false);
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
      CompletableFuture<Void> asked = cold;
      if (asked != null) {
        asked.complete(null);
      }
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
      noteUrgency();
      if (takeover.get() != null) {
        takeOver();
        return Phase.RUNNING;
      }
      long before = log.appliedEpoch();
      applied.begin();
      boolean progress = log.poll(shadow);
      applied.record(before, log.appliedEpoch());
      noteEpoch();
      noteSynced();
      keepProcess();
      if (!progress && makingReady && cold == null && log.synced()) {
        loadAhead();
      }
      if (!progress) {
        LockSupport.parkNanos(IDLE_NANOS);
      }
    }
    return Phase.STOPPED;
  }

  private void noteUrgency() {
    boolean awaited = makingReady || takeover.get() != null;
    if (awaited != urgent) {
      urgent = awaited;
      listener.urgent(awaited);
    }
  }

  private void keepProcess() {
    CompletableFuture<Void> asked = cold;
    if (asked != null) {
      warm.close();
      asked.complete(null);
    } else if (warm.isDead() || (warm.isLoaded() && !makingReady)) {
      LOG.info("vm={} starts a warm standby process, there is none", guest());
      warm.ensureReady();
    }
  }

  /** A process that could not load it is of no further use, and the takeover starts another. */
  private void loadAhead() {
    try {
      MemorySegment state = appliedState();
      warm.loadAhead(epoch, state, state.byteSize());
    } catch (FaultException e) {
      makingReady = false;
      LOG.warn("vm={} epoch={} not loaded ahead of a takeover: {}", guest(), epoch, e.getMessage());
    }
  }

  private void takeOver() {
    TakeoverEvent event = new TakeoverEvent();
    event.begin();
    log.publishTaken();
    final long taken = System.nanoTime();
    log.recover(shadow);
    noteEpoch();
    long recovered = System.nanoTime();
    MemorySegment state = appliedState();
    warm.load(epoch, state, state.byteSize());
    long restored = System.nanoTime();
    var vm = warm.run();
    long running = System.nanoTime();
    publish(Phase.RUNNING);
    Takeover done =
        new Takeover(
            vm,
            epoch,
            Math.min(epochNanos, taken),
            takeoverRequestedNanos,
            taken,
            recovered,
            restored,
            running);
    takeover.get().complete(done);
    event.record(guest(), done);
  }

  private void noteEpoch() {
    if (log.appliedEpoch() != epoch) {
      epoch = log.appliedEpoch();
      epochNanos = System.nanoTime();
    }
  }

  private void noteSynced() {
    if (!toldSynced && log.synced()) {
      toldSynced = true;
      publish(Phase.TAILING);
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
