package org.nilmigration.failover.agent;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.handoff.HandoffArea;
import org.nilmigration.checkpoint.log.EpochLog;
import org.nilmigration.checkpoint.log.LogIdentity;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.region.GuestRegion;
import org.nilmigration.failover.cluster.HistoryKind;
import org.nilmigration.failover.cluster.HistoryRecord;
import org.nilmigration.failover.decision.Action;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;
import org.nilmigration.failover.placement.PlacementStore;
import org.nilmigration.failover.placement.Versioned;
import org.nilmigration.migration.protect.HandedOver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The target of a planned move: waits for the guest over its live image, says in ZooKeeper that it
 * came, and protects it. Up to that outcome what the guest sends is held. Effect thread.
 */
final class ArrivalEffects {
  private static final Logger LOG = LoggerFactory.getLogger(ArrivalEffects.class);
  private static final Duration WRITTEN_WITHIN = Duration.ofSeconds(5);
  private static final Duration LOOK = Duration.ofMillis(20);
  private static final double NANOS_PER_MILLI = 1e6;

  private final GuestSite site;

  ArrivalEffects(GuestSite site) {
    this.site = site;
  }

  /** Two processes of one guest would want the same TAP devices, so a replica's one makes way. */
  void arrive() {
    Placement p = site.placement().value();
    if (site.holding() instanceof StandbyHolding standby) {
      standby.cool();
    }
    HandoffArea area = null;
    MappedFile live = null;
    try (GuestRegion region = site.region()) {
      area = region.openHandoff(p.handoff().area());
      live = region.openImage(p.liveImage());
      ArrivalHolding arrival =
          new ArrivalHolding(site, p.generation(), p.handoff().area(), area, live);
      arrival.start(site.launch(region, p.liveImage(), true));
      site.arrival(arrival);
    } catch (RuntimeException e) {
      Closing.all(area, live);
      throw e;
    }
  }

  void drop(Action.DropArrival action) {
    LOG.info("vm={} does not arrive here: {}", site.vm(), action.reason());
    site.dropArrival();
    if (site.holding() instanceof StandbyHolding standby) {
      standby.warm();
    }
  }

  /** The guest died as it began to run here: the standby goes on, or nobody. */
  void lose(Action.LoseArrival action) {
    Versioned<Placement> now = site.placement();
    Placement p = now.value();
    Placement next =
        p.isProtected()
            ? p.withState(PlacementState.FAILOVER, action.reason())
            : p.ended(PlacementState.FAILED, action.reason());
    HistoryRecord record =
        site.record(HistoryKind.FAULT, p.owner(), p.standby(), p.generation(), action.reason());
    site.write(now, next, record).ifPresent(w -> LOG.error("vm={} {}", site.vm(), action.reason()));
  }

  /** The guest runs here: say so, and protect it on the shadow that there is. */
  void finish() {
    ArrivalHolding arrival = site.arrival();
    if (arrival == null || arrival.guest() == null) {
      return;
    }
    Versioned<Placement> now = site.placement();
    Placement before = now.value();
    if (before.ownedBy(site.host().host(), site.host().incarnation())) {
      own(arrival, before);
      return;
    }
    Optional<PageRuns> written = before.isProtected() ? written(arrival, before) : Optional.empty();
    Placement next =
        written.isPresent()
            ? before.handedOver(GuestRegion.logName(before.generation() + 1, before.pairing() + 1))
            : before.handedOver();
    if (next.standby() != null) {
      prepareLog(arrival, next);
    }
    // Before anybody can be named who would write to its shadow, the replica here has let go of it.
    site.release();
    HandedOver guest = arrival.guest();
    Map<String, Double> timings = timings(guest);
    HistoryRecord record =
        site.record(
                HistoryKind.SWITCHOVER,
                before.owner(),
                next.owner(),
                next.generation(),
                drained(before.owner()) ? "host " + before.owner() + " is drained" : "planned")
            .with(guest.epoch(), evidence(guest), timings);
    Optional<PlacementStore.Written> done = site.writeOwner(now, next, record);
    if (done.isEmpty()) {
      return;
    }
    own(arrival, next);
    LOG.info(
        "vm={} generation={} epoch={} host={} owns it after a blackout of {} ms",
        site.vm(),
        next.generation(),
        guest.epoch(),
        next.owner(),
        timings.get("blackout"));
    site.host()
        .watch()
        .openOperation(site.vm())
        .filter(operation -> next.owner().equals(operation.to()))
        .ifPresent(operation ->
            site.report(
                operation.recouple()
                    ? operation.arrived(timings)
                    : operation.done(
                        "guest " + site.vm() + " runs on host " + next.owner(), timings)));
  }

  /** Without it the shadow cannot be followed on; a source that died will not say it any more. */
  private Optional<PageRuns> written(ArrivalHolding arrival, Placement before) {
    long until = System.nanoTime() + WRITTEN_WITHIN.toNanos();
    Optional<PageRuns> written = arrival.written(LOOK);
    while (written.isEmpty()
        && System.nanoTime() - until < 0
        && site.host().peers().suspicion(before.owner()).isEmpty()) {
      written = arrival.written(LOOK);
    }
    return written;
  }

  private boolean drained(String host) {
    return site.host().watch().cordons().stream()
        .anyMatch(cordon -> cordon.draining() && cordon.host().equals(host));
  }

  private void prepareLog(ArrivalHolding arrival, Placement next) {
    if (arrival.nextLog() != null) {
      return;
    }
    try (GuestRegion region = site.region()) {
      LogIdentity identity =
          new LogIdentity(
              site.vm(),
              next.generation(),
              next.pairing(),
              region.memoryBytes(),
              true,
              committed(arrival));
      arrival.nextLog(region.createLog(identity, site.config().epoch().log().bytes()));
    }
  }

  private static long committed(ArrivalHolding arrival) {
    return Math.max(0, arrival.guest().epoch() - 1);
  }

  private void own(ArrivalHolding arrival, Placement p) {
    site.release();
    EpochLog log = arrival.nextLog();
    Optional<PageRuns> written = log == null ? Optional.empty() : arrival.written(Duration.ZERO);
    OwnerHolding owner = arrival.own(p.generation(), committed(arrival));
    site.hold(owner);
    site.arrival(null);
    site.fault(null);
    owner.vm().announce();
    if (p.standby() == null) {
      Closing.all(log);
      owner.openOutput();
    } else {
      owner.protect(log, p.pairing(), p.standby(), written.orElseThrow());
    }
    site.reclaimBut(p);
  }

  private static Map<String, Double> timings(HandedOver guest) {
    Map<String, Double> timings = new LinkedHashMap<>();
    timings.put("blackout", millis(guest.stopNanos(), guest.runningNanos()));
    timings.put("load", millis(guest.stopNanos(), guest.loadedNanos()));
    timings.put("run", millis(guest.loadedNanos(), guest.runningNanos()));
    timings.put("total", millis(guest.stopNanos(), System.nanoTime()));
    return timings;
  }

  private static Map<String, String> evidence(HandedOver guest) {
    return Map.of(
        "stopNanos", Long.toString(guest.stopNanos()),
        "runningNanos", Long.toString(guest.runningNanos()));
  }

  private static double millis(long fromNanos, long toNanos) {
    return (toNanos - fromNanos) / NANOS_PER_MILLI;
  }
}
