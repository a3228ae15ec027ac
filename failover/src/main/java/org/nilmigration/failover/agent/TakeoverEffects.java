package org.nilmigration.failover.agent;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.failover.cluster.HistoryKind;
import org.nilmigration.failover.cluster.HistoryRecord;
import org.nilmigration.failover.decision.Action;
import org.nilmigration.failover.decision.TakeoverBrakes;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;
import org.nilmigration.failover.placement.PlacementStore;
import org.nilmigration.failover.placement.Versioned;
import org.nilmigration.heartbeat.RegionVerdict;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.protect.Takeover;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Unplanned change of owner, in the design's order: placement first (with the old owner's latch
 * node and the history in one multi), then the region's <em>taken</em> word and everything after
 * it, then the record. Only the loading of the last committed state, which nobody can see, goes on
 * while ZooKeeper is asked. Effect thread of the guest.
 */
final class TakeoverEffects {
  private static final Logger LOG = LoggerFactory.getLogger(TakeoverEffects.class);
  private static final double NANOS_PER_MILLI = 1e6;

  private final GuestSite site;

  TakeoverEffects(GuestSite site) {
    this.site = site;
  }

  /** When a takeover was decided, and on which suspicion. */
  private record Clock(PeerWatch.Suspicion suspicion, long decidedNanos, long writtenNanos) {}

  void takeOver(Action.TakeOver action, long decidedNanos) {
    Versioned<Placement> now = site.placement();
    Placement p = now.value();
    StandbyHolding standby = standby();
    if (site.arrival() != null && site.arrival().cancel()) {
      LOG.info("vm={} no takeover: the guest has just arrived", site.vm());
      return;
    }
    site.dropArrival();
    standby.makeReady();
    PeerWatch.Suspicion suspicion =
        site.host()
            .peers()
            .suspicion(p.owner())
            .orElse(new PeerWatch.Suspicion(null, decidedNanos));
    HistoryRecord record =
        site.record(
                HistoryKind.TAKEOVER, p.owner(), p.standby(), p.generation() + 1, action.cause())
            .with(0, action.evidence(), Map.of());
    Optional<PlacementStore.Written> written = write(standby, now, record);
    if (written.isEmpty()) {
      LOG.info("vm={} no takeover: the placement changed first", site.vm());
      return;
    }
    long nowNanos = System.nanoTime();
    TakeoverBrakes brakes = site.host().brakes();
    brakes.takenOver(site.vm(), nowNanos);
    if (p.state() != PlacementState.FAILOVER) {
      brakes.deposed(new TakeoverBrakes.Run(p.owner(), p.ownerIncarnation()), nowNanos);
    }
    resume(standby, written.get(), record, new Clock(suspicion, decidedNanos, nowNanos));
  }

  /** The state is loaded meanwhile, and for nothing when this host is not to be the owner. */
  private Optional<PlacementStore.Written> write(
      StandbyHolding standby, Versioned<Placement> now, HistoryRecord record) {
    boolean mine = false;
    try {
      Optional<PlacementStore.Written> written =
          site.writeOwner(now, now.value().takenOver(), record);
      mine = written.isPresent();
      return written;
    } finally {
      if (!mine) {
        standby.standDown();
      }
    }
  }

  /** The placement says already that this host took over. */
  void finish() {
    Versioned<Placement> now = site.placement();
    HistoryRecord record =
        site.record(
            HistoryKind.TAKEOVER,
            null,
            site.host().host(),
            now.value().generation(),
            "the answer to the takeover's write got lost; it was done");
    long nanos = System.nanoTime();
    resume(
        standby(),
        new PlacementStore.Written(now, null),
        record,
        new Clock(new PeerWatch.Suspicion(null, nanos), nanos, nanos));
  }

  private void resume(
      StandbyHolding standby, PlacementStore.Written written, HistoryRecord record, Clock clock) {
    Placement p = written.placement().value();
    Takeover done;
    try {
      done = standby.resume();
      serve(done.vm());
    } catch (FaultException e) {
      failed(written.placement(), "cannot be resumed on host " + p.owner() + ": " + e.getMessage());
      return;
    }
    site.hold(standby.takeover(done, p.generation()));
    site.fault(null);
    HistoryRecord full =
        record.with(done.epoch(), evidence(record.evidence(), clock, done), timings(clock, done));
    LOG.warn(
        "vm={} generation={} epoch={} host={} took over in {} ms: {}",
        site.vm(),
        p.generation(),
        done.epoch(),
        p.owner(),
        full.timingsMillis().get("resume"),
        record.cause());
    site.complete(written, full);
    site.reclaimBut(p);
  }

  /** The placement names no standby, so that nothing sent from here on can be undone. */
  static void serve(GuestProcess vm) {
    try {
      vm.output().open();
      vm.announce();
    } catch (FaultException e) {
      vm.close();
      throw e;
    }
  }

  private static Map<String, Double> timings(Clock clock, Takeover done) {
    long suspected = clock.suspicion().atNanos();
    Map<String, Double> timings = new LinkedHashMap<>();
    if (clock.suspicion().verdict() != null) {
      timings.put("detection", clock.suspicion().verdict().ageNanos() / NANOS_PER_MILLI);
    }
    timings.put("decision", millis(suspected, clock.decidedNanos()));
    timings.put("zookeeper", millis(clock.decidedNanos(), clock.writtenNanos()));
    timings.put("loadAhead", millis(clock.writtenNanos(), done.takenNanos()));
    timings.put("recover", millis(done.takenNanos(), done.recoveredNanos()));
    timings.put("restore", millis(done.recoveredNanos(), done.restoredNanos()));
    timings.put("run", millis(done.restoredNanos(), done.runningNanos()));
    timings.put("resume", millis(suspected, done.runningNanos()));
    return timings;
  }

  private static Map<String, String> evidence(
      Map<String, String> decided, Clock clock, Takeover done) {
    Map<String, String> evidence = new LinkedHashMap<>(decided);
    evidence.put("suspectedNanos", Long.toString(clock.suspicion().atNanos()));
    evidence.put("epochAgeNanos", Long.toString(done.takenNanos() - done.epochNanos()));
    evidence.put("takenNanos", Long.toString(done.takenNanos()));
    evidence.put("runningNanos", Long.toString(done.runningNanos()));
    RegionVerdict verdict = clock.suspicion().verdict();
    if (verdict != null) {
      evidence.put("verdict", verdict.sentence());
      evidence.put("lastBeat", Long.toString(verdict.lastCounter()));
      evidence.put("silentNanos", Long.toString(verdict.ageNanos()));
      evidence.put("thresholdNanos", Long.toString(verdict.thresholdNanos()));
      evidence.put("incarnation", Long.toString(verdict.incarnation()));
    }
    return evidence;
  }

  /** Says in the history why the guest is not taken over. */
  void refused(Placement p, String why) {
    try {
      site.cluster()
          .record(
              site.record(HistoryKind.REFUSED, p.owner(), site.host().host(), p.generation(), why));
    } catch (FaultException e) {
      LOG.warn("vm={} not in the history: {}", site.vm(), e.getMessage());
    }
  }

  private static double millis(long fromNanos, long toNanos) {
    return (toNanos - fromNanos) / NANOS_PER_MILLI;
  }

  /** Nothing runs here; the placement says why. */
  void failed(Versioned<Placement> from, String reason) {
    site.release();
    site.fault(reason);
    Placement p = from.value();
    HistoryRecord record = site.record(HistoryKind.FAULT, p.owner(), null, p.generation(), reason);
    LOG.error("vm={} generation={} failed: {}", site.vm(), p.generation(), reason);
    if (site.write(from, p.ended(PlacementState.FAILED, reason), record).isPresent()) {
      site.reclaim(Set.of());
    }
  }

  private StandbyHolding standby() {
    if (site.holding() instanceof StandbyHolding standby) {
      return standby;
    }
    throw new FaultException(
        FaultKind.TRY_AGAIN,
        "guest " + site.vm() + " is not followed by host " + site.host().host());
  }
}
