package org.nilmigration.migration.protect;

import org.nilmigration.checkpoint.log.HandoffSource;
import org.nilmigration.checkpoint.log.HandoffTarget;
import org.nilmigration.checkpoint.log.LogStandby;
import org.nilmigration.config.FaultException;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.protect.ReplicaStatus.Phase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The target's side of a planned handoff, on the apply thread; see {@link SourceHandoff} for the
 * words. Takes one step at a time and never waits.
 */
final class TargetHandoff {
  private static final Logger LOG = LoggerFactory.getLogger(TargetHandoff.class);

  private final LogStandby log;
  private final WarmStandby warm;
  private Phase phase = Phase.TAILING;
  private long abandonedEpoch = -1;
  private long appliedNanos;
  private long loadedNanos;

  TargetHandoff(LogStandby log, WarmStandby warm) {
    this.log = log;
    this.warm = warm;
  }

  Phase phase() {
    return phase;
  }

  boolean isActive() {
    return phase != Phase.TAILING;
  }

  boolean isLoaded() {
    return phase == Phase.LOADED;
  }

  /**
   * Looks at the source's word and acts on it.
   *
   * @param untilNanos a source that is not READY by then is not expected any more
   * @return true when the source has let go
   */
  boolean advance(long untilNanos) {
    if (phase == Phase.TAILING) {
      arm();
    }
    HandoffSource word = log.handoffSourceAcquire();
    boolean current = word != HandoffSource.NONE && log.handoffEpoch() != abandonedEpoch;
    if (current && word == HandoffSource.ABORTED) {
      standDown();
    } else if (phase == Phase.ARMED && current && word == HandoffSource.READY) {
      loadWhenApplied();
    } else if (phase == Phase.ARMED && System.nanoTime() - untilNanos > 0) {
      standDown();
    }
    return phase == Phase.LOADED && current && word == HandoffSource.RELEASED;
  }

  /** Runs the guest here; only after {@link #advance} said that the source let go. */
  HandedOver run() {
    GuestProcess vm = warm.run();
    long running = System.nanoTime();
    log.publishHandoff(HandoffTarget.RUNNING);
    return new HandedOver(
        vm,
        warm.takeTracker(),
        log.appliedEpoch(),
        log.handoffStopNanos(),
        appliedNanos,
        loadedNanos,
        running);
  }

  private void arm() {
    warm.ensureReady();
    warm.armTracker();
    phase = Phase.ARMED;
    log.publishHandoff(HandoffTarget.ARMED);
  }

  private void loadWhenApplied() {
    long epoch = log.handoffEpoch();
    if (log.appliedEpoch() != epoch) {
      return;
    }
    appliedNanos = System.nanoTime();
    try {
      warm.load(epoch, log.state(), log.state().byteSize());
    } catch (FaultException e) {
      LOG.warn("handoff of epoch={} refused here: {}", epoch, e.getMessage());
      abandonedEpoch = epoch;
      log.publishHandoff(HandoffTarget.FAILED);
      standDownWarm();
      return;
    }
    loadedNanos = System.nanoTime();
    phase = Phase.LOADED;
    log.publishHandoff(HandoffTarget.LOADED);
  }

  private void standDown() {
    abandonedEpoch = log.handoffSourceAcquire() == HandoffSource.NONE ? -1 : log.handoffEpoch();
    standDownWarm();
    log.publishHandoff(HandoffTarget.NONE);
  }

  private void standDownWarm() {
    phase = Phase.TAILING;
    warm.close();
    warm.ensureReady();
  }
}
