package org.nilmigration.failover.agent;

import java.time.Duration;
import java.util.Optional;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.handoff.HandoffArea;
import org.nilmigration.checkpoint.log.EpochLog;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.FaultException;
import org.nilmigration.failover.decision.Arriving;
import org.nilmigration.migration.hypervisor.Launch;
import org.nilmigration.migration.protect.Arrival;
import org.nilmigration.migration.protect.ArrivalSetup;
import org.nilmigration.migration.protect.HandedOver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A guest on its way to this host: the area it comes through and the image it runs on. Kept beside
 * what the host holds of the guest otherwise. Effect thread, except {@link #arriving} and what the
 * arrival's thread tells.
 */
final class ArrivalHolding implements Arrival.Listener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ArrivalHolding.class);

  private final GuestSite site;
  private final long generation;
  private final String areaName;
  private final HandoffArea area;
  private final MappedFile live;
  private volatile HandedOver guest;
  private volatile String fault;
  private Arrival arrival;
  private EpochLog nextLog;
  private boolean passedOn;

  ArrivalHolding(
      GuestSite site, long generation, String areaName, HandoffArea area, MappedFile live) {
    this.site = site;
    this.generation = generation;
    this.areaName = areaName;
    this.area = area;
    this.live = live;
  }

  void start(Launch launch) {
    arrival = Arrival.start(new ArrivalSetup(site.hypervisor(), launch, area, live), this);
  }

  @Override
  public void arrived(HandedOver handedOver) {
    guest = handedOver;
    site.wake();
  }

  @Override
  public void failed(FaultException reason) {
    LOG.warn("vm={} does not arrive: {}", site.vm(), reason.getMessage());
    fault = reason.getMessage();
    site.wake();
  }

  /** As the decision sees it. Any thread. */
  Arriving arriving() {
    return new Arriving(generation, areaName, guest != null, fault);
  }

  /** The guest that runs here, null before that. */
  HandedOver guest() {
    return guest;
  }

  /** What the source's process wrote since the last commit; see {@link Arrival#written}. */
  Optional<PageRuns> written(Duration within) {
    return arrival.written(within);
  }

  /** The log of the next pairing, kept over failed attempts to say so; null before the first. */
  EpochLog nextLog() {
    return nextLog;
  }

  void nextLog(EpochLog created) {
    nextLog = created;
  }

  /**
   * Calls the arrival off, unless it is too late.
   *
   * @return true when the guest runs here already
   */
  boolean cancel() {
    return arrival.cancel();
  }

  /** The guest that arrived becomes this host's. */
  OwnerHolding own(long newGeneration, long committedEpoch) {
    passedOn = true;
    Closing.all(arrival, area);
    return new OwnerHolding(site, guest.vm(), live, guest.tracker(), newGeneration, committedEpoch);
  }

  /** Lets go; a guest that runs here is killed. It was mute, so that nothing is undone. */
  @Override
  public void close() {
    if (passedOn) {
      return;
    }
    Closing.all(arrival);
    HandedOver running = guest;
    if (running != null) {
      running.vm().kill();
      Closing.all(running.tracker(), running.vm());
    }
    Closing.all(nextLog, area, live);
  }
}
