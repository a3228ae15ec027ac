package org.nilmigration.failover.agent;

import java.time.Duration;
import org.nilmigration.checkpoint.log.EpochLog;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.FaultException;
import org.nilmigration.failover.decision.LocalRole;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.migration.hypervisor.Launch;
import org.nilmigration.migration.hypervisor.StateBuffer;
import org.nilmigration.migration.protect.HandedOver;
import org.nilmigration.migration.protect.Replica;
import org.nilmigration.migration.protect.ReplicaSetup;
import org.nilmigration.migration.protect.ReplicaStatus;
import org.nilmigration.migration.protect.Takeover;

/** A replica with the log it follows and the shadow image it keeps. */
final class StandbyHolding implements Holding, Replica.Listener {
  private static final int NEVER = -1;

  private final GuestSite site;
  private final long generation;
  private final long pairing;
  private final EpochLog log;
  private final MappedFile shadow;
  private final StateBuffer initialState;
  private volatile Roles.Following following;
  private volatile boolean synced;
  private volatile HandedOver handedOver;
  private volatile String fault;
  private volatile int expectedVersion = NEVER;
  private EpochLog nextLog;
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
        site.roles()
            .follow(new ReplicaSetup(site.hypervisor(), launch, log, shadow, initialState), this);
  }

  @Override
  public void synced(long epoch) {
    synced = true;
    site.wake();
  }

  @Override
  public void handedOver(HandedOver guest) {
    handedOver = guest;
    site.wake();
  }

  @Override
  public void failed(FaultException reason) {
    fault = reason.getMessage();
    site.wake();
  }

  /** The placement of this version says that the guest will be handed over. */
  void expectHandoff(int placementVersion, Duration within) {
    expectedVersion = placementVersion;
    following.expectHandoff(within);
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

  /** The guest that was handed over, null before that. */
  HandedOver guest() {
    return handedOver;
  }

  /** The log of the next pairing, kept over failed attempts to say so; null before the first. */
  EpochLog nextLog() {
    return nextLog;
  }

  void nextLog(EpochLog created) {
    nextLog = created;
  }

  /** Makes this host the owner of the guest that was handed over. */
  OwnerHolding own(long newGeneration) {
    passedOn = true;
    Closing.all(following, log, initialState);
    HandedOver guest = handedOver;
    return new OwnerHolding(
        site, guest.vm(), shadow, guest.tracker(), newGeneration, guest.epoch());
  }

  ReplicaStatus status() {
    Roles.Following current = following;
    return current == null ? null : current.status();
  }

  long generation() {
    return generation;
  }

  long pairing() {
    return pairing;
  }

  @Override
  public LocalRole role(int placementVersion) {
    return new LocalRole.Standby(
        generation,
        pairing,
        synced,
        expectedVersion == placementVersion,
        handedOver != null,
        fault);
  }

  @Override
  public void close() {
    if (passedOn) {
      return;
    }
    HandedOver guest = handedOver;
    Closing.all(
        following,
        guest == null ? null : guest.tracker(),
        guest == null ? null : guest.vm(),
        nextLog,
        log,
        shadow,
        initialState);
  }
}
