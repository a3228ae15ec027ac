package org.nilmigration.failover.agent;

import org.nilmigration.checkpoint.log.EpochLog;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.FaultException;
import org.nilmigration.failover.decision.LocalRole;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.heartbeat.RealTimeProcess;
import org.nilmigration.migration.hypervisor.Launch;
import org.nilmigration.migration.hypervisor.StateBuffer;
import org.nilmigration.migration.protect.Replica;
import org.nilmigration.migration.protect.ReplicaSetup;
import org.nilmigration.migration.protect.ReplicaStatus;
import org.nilmigration.migration.protect.Takeover;

/** A replica with the log it follows and the shadow image it keeps. */
final class StandbyHolding implements Holding, Replica.Listener {
  private final GuestSite site;
  private final long generation;
  private final long pairing;
  private final EpochLog log;
  private final MappedFile shadow;
  private final StateBuffer initialState;
  private volatile Replica following;
  private volatile boolean synced;
  private volatile String fault;
  private boolean passedOn;

  /**
   * @param initialState device state of the log's start epoch, null unless the log starts synced
   */
  StandbyHolding(
      GuestSite site, Placement p, EpochLog log, MappedFile shadow, StateBuffer initialState) {
    this.site = site;
    this.generation = p.generation();
    this.pairing = p.pairing();
    this.log = log;
    this.shadow = shadow;
    this.initialState = initialState;
  }

  void follow(Launch launch) {
    following =
        Replica.start(new ReplicaSetup(site.hypervisor(), launch, log, shadow, initialState), this);
  }

  @Override
  public void synced(long epoch) {
    synced = true;
    site.wake();
  }

  @Override
  public void failed(FaultException reason) {
    fault = reason.getMessage();
    site.wake();
  }

  @Override
  public void urgent(boolean isUrgent) {
    RealTimeProcess.urgent(isUrgent);
  }

  /** Ends the process that waits here for a takeover, until {@link #warm}. */
  void cool() {
    following.cool();
  }

  /** A process waits for a takeover again. */
  void warm() {
    following.warm();
  }

  /** Stops to follow this log; state and shadow are the caller's, who follows the next one. */
  Replica.Detached detach() {
    Replica.Detached detached = following.detach();
    passedOn = true;
    Closing.all(log, initialState);
    return detached;
  }

  MappedFile shadow() {
    return shadow;
  }

  /** See {@link Replica#makeReady()}. */
  void makeReady() {
    following.makeReady();
  }

  /** See {@link Replica#standDown()}. */
  void standDown() {
    following.standDown();
  }

  /** Resumes the guest here; see {@link Replica#takeover()}. */
  OwnerHolding takeover(Takeover done, long newGeneration) {
    passedOn = true;
    Closing.all(following, log, initialState);
    return new OwnerHolding(site, done.vm(), shadow, null, newGeneration, done.epoch());
  }

  Takeover resume() {
    return following.takeover();
  }

  ReplicaStatus status() {
    Replica current = following;
    return current == null ? null : current.status();
  }

  long generation() {
    return generation;
  }

  long pairing() {
    return pairing;
  }

  @Override
  public LocalRole role() {
    return new LocalRole.Standby(generation, pairing, synced, fault);
  }

  @Override
  public void close() {
    if (passedOn) {
      return;
    }
    Closing.all(following, log, shadow, initialState);
  }
}
