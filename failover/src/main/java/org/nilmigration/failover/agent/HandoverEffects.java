package org.nilmigration.failover.agent;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.nilmigration.checkpoint.log.EpochLog;
import org.nilmigration.checkpoint.log.LogIdentity;
import org.nilmigration.checkpoint.region.GuestRegion;
import org.nilmigration.config.FaultException;
import org.nilmigration.failover.cluster.HistoryKind;
import org.nilmigration.failover.cluster.HistoryRecord;
import org.nilmigration.failover.cluster.Operation;
import org.nilmigration.failover.decision.Action;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;
import org.nilmigration.failover.placement.PlacementStore;
import org.nilmigration.failover.placement.Versioned;
import org.nilmigration.migration.protect.HandedOver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Planned change of owner: the intent goes to ZooKeeper before the pause, the region's words alone
 * decide inside it, the outcome goes to ZooKeeper afterwards. Effect thread of the guest.
 */
final class HandoverEffects {
  private static final Logger LOG = LoggerFactory.getLogger(HandoverEffects.class);
  static final Duration HANDOFF_WITHIN = Duration.ofSeconds(10);
  private static final double NANOS_PER_MILLI = 1e6;

  private final GuestSite site;

  HandoverEffects(GuestSite site) {
    this.site = site;
  }

  /** Source: intent, handoff, and what remains of the guest here afterwards. */
  void handOver(Action.HandOver action) {
    if (!(site.holding() instanceof OwnerHolding owner)) {
      return;
    }
    Operation operation = action.operation();
    if (operation != null) {
      report(operation.running());
    }
    Versioned<Placement> now = site.placement();
    Optional<PlacementStore.Written> intent =
        site.write(now, now.value().withState(PlacementState.HANDOFF, null));
    if (intent.isEmpty()) {
      return;
    }
    try {
      ReleasedHolding released = owner.handOver(HANDOFF_WITHIN);
      site.hold(released);
      owner.close();
      LOG.info("vm={} handed over to host={}", site.vm(), now.value().standby());
    } catch (FaultException e) {
      LOG.warn("vm={} not handed over: {}", site.vm(), e.getMessage());
      site.fault(e.getMessage());
      if (operation != null) {
        report(operation.failed(e.getMessage(), e.kind().exitCode()));
        revert();
        return;
      }
      revert("not handed over: " + e.getMessage());
      throw e;
    }
  }

  /** Takes the intent back: the guest stays where it is. */
  void revert() {
    revert(null);
  }

  private void revert(String note) {
    Versioned<Placement> now = site.placement();
    if (now.value().state() == PlacementState.HANDOFF) {
      site.write(now, now.value().withState(PlacementState.RUNNING, note));
    }
  }

  void end(Action.EndOperation action) {
    Operation operation = action.operation();
    if (action.fault() == null) {
      report(operation.done(action.sentence(), operation.timings()));
    } else {
      LOG.info("vm={} {} refused: {}", site.vm(), operation.id(), action.sentence());
      report(operation.failed(action.sentence(), action.fault().exitCode()));
    }
  }

  private void report(Operation operation) {
    site.cluster().report(operation);
    site.host().watch().observed(operation);
  }

  void expect() {
    if (site.holding() instanceof StandbyHolding standby) {
      standby.expectHandoff(site.placement().version(), HANDOFF_WITHIN);
    }
  }

  /** Target: the guest runs here; say so, and protect it with its old owner as standby. */
  void finish() {
    if (!(site.holding() instanceof StandbyHolding standby) || standby.guest() == null) {
      return;
    }
    Versioned<Placement> now = site.placement();
    Placement before = now.value();
    if (before.ownedBy(site.host().host(), site.host().incarnation())) {
      protect(standby, before);
      return;
    }
    HandedOver guest = standby.guest();
    Placement next =
        before.handedOver(GuestRegion.logName(before.generation() + 1, before.pairing() + 1));
    prepareLog(standby, next, guest.epoch());
    Map<String, Double> timings = timings(guest);
    HistoryRecord record =
        site.record(
                HistoryKind.SWITCHOVER,
                before.owner(),
                next.owner(),
                next.generation(),
                drained(before.owner()) ? "host " + before.owner() + " is drained" : "planned")
            .with(guest.epoch(), evidence(guest), timings);
    Optional<PlacementStore.Written> written = site.writeOwner(now, next, record);
    if (written.isEmpty()) {
      return;
    }
    protect(standby, next);
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
            report(
                operation.done("guest " + site.vm() + " runs on host " + next.owner(), timings)));
  }

  private boolean drained(String host) {
    return site.host().watch().cordons().stream()
        .anyMatch(cordon -> cordon.draining() && cordon.host().equals(host));
  }

  private void prepareLog(StandbyHolding standby, Placement next, long epoch) {
    if (standby.nextLog() != null) {
      return;
    }
    try (GuestRegion region = site.region()) {
      LogIdentity identity =
          new LogIdentity(
              site.vm(), next.generation(), next.pairing(), region.memoryBytes(), true, epoch);
      EpochLog log = region.createLog(identity, site.config().epoch().log().bytes());
      standby.nextLog(log);
    }
  }

  private void protect(StandbyHolding standby, Placement p) {
    EpochLog log = standby.nextLog();
    OwnerHolding owner = standby.own(p.generation());
    site.hold(owner);
    site.fault(null);
    owner.vm().announce();
    owner.protect(log, p.pairing(), p.standby());
    site.reclaim(Set.of(p.liveImage(), p.shadowImage(), p.log()));
  }

  private static Map<String, Double> timings(HandedOver guest) {
    Map<String, Double> timings = new LinkedHashMap<>();
    timings.put("blackout", millis(guest.stopNanos(), guest.runningNanos()));
    timings.put("capture", millis(guest.stopNanos(), guest.appliedNanos()));
    timings.put("load", millis(guest.appliedNanos(), guest.loadedNanos()));
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
