package org.nilmigration.failover.agent;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.nilmigration.checkpoint.log.EpochLog;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.region.GuestRegion;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.failover.cluster.HistoryKind;
import org.nilmigration.failover.cluster.HistoryRecord;
import org.nilmigration.failover.decision.Action;
import org.nilmigration.failover.json.StrictJson;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementCodec;
import org.nilmigration.failover.placement.Versioned;
import org.nilmigration.migration.hypervisor.StateBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a standby does: follow, let go, resign. Effect thread of the guest. */
final class StandbyEffects {
  private static final Logger LOG = LoggerFactory.getLogger(StandbyEffects.class);
  private static final Duration LOG_WITHIN = Duration.ofSeconds(15);
  private static final long LOOK_NANOS = 2_000_000;

  private final GuestSite site;

  StandbyEffects(GuestSite site) {
    this.site = site;
  }

  /** Follows the owner's log: on a new shadow image, or on the one handed over from here. */
  void become() {
    Versioned<Placement> now = site.placement();
    try {
      follow(now.value());
      LOG.info(
          "vm={} generation={} pairing={} follows host={}",
          site.vm(),
          now.value().generation(),
          now.value().pairing(),
          now.value().owner());
    } catch (FaultException e) {
      resign(
          new Action.ResignStandby(
              "host %s cannot be standby: %s".formatted(site.host().host(), e.getMessage())));
      return;
    }
    rehearse(now);
  }

  /** A takeover counts milliseconds: what it writes is put together once before, unsent. */
  private void rehearse(Versioned<Placement> now) {
    Placement p = now.value();
    HistoryRecord record =
        site.record(HistoryKind.TAKEOVER, p.owner(), p.standby(), p.generation() + 1, "rehearsal");
    try {
      boolean current =
          PlacementCodec.encode(p.takenOver()).length > 0
              && !StrictJson.text(record).isEmpty()
              && site.cluster().placements().rehearse(site.vm(), now.version());
      LOG.debug("vm={} takeover rehearsed, placement current: {}", site.vm(), current);
    } catch (FaultException e) {
      LOG.debug("vm={} takeover not rehearsed: {}", site.vm(), e.getMessage());
    }
  }

  private void follow(Placement p) {
    EpochLog log = null;
    MappedFile shadow = null;
    StateBuffer state = null;
    try (GuestRegion region = site.region()) {
      awaitLog(region, p);
      log = region.openLog(p.log());
      if (log.identity().synced()) {
        ReleasedHolding released = released();
        shadow = released.image();
        state = released.result().state();
        released.adopted();
      } else {
        site.release();
        shadow = region.createImage(p.shadowImage());
      }
      StandbyHolding standby = new StandbyHolding(site, p, log, shadow, state);
      standby.follow(site.launch(region, p.shadowImage(), true));
      site.hold(standby);
    } catch (RuntimeException e) {
      Closing.all(log, shadow, state);
      throw e;
    }
  }

  private ReleasedHolding released() {
    if (site.holding() instanceof ReleasedHolding released) {
      return released;
    }
    throw new FaultException(
        FaultKind.ERROR,
        "guest %s: found no state of the handed-over epoch here, expected to have handed it over; it is paired anew"
            .formatted(site.vm()));
  }

  private void awaitLog(GuestRegion region, Placement p) {
    long until = System.nanoTime() + LOG_WITHIN.toNanos();
    while (!region.logReady(p.log())) {
      boolean moved = moved(p) || Thread.currentThread().isInterrupted();
      if (moved || System.nanoTime() - until > 0) {
        throw new FaultException(
            FaultKind.TRY_AGAIN,
            "log %s of guest %s: found it %s, expected owner %s to have written its header"
                .formatted(
                    p.log(),
                    site.vm(),
                    moved
                        ? "replaced meanwhile"
                        : "not ready after " + LOG_WITHIN.toSeconds() + " s",
                    p.owner()));
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  private boolean moved(Placement p) {
    return site.host()
        .watch()
        .placement(site.vm())
        .filter(now -> p.log().equals(now.value().log()))
        .isEmpty();
  }

  void leave(Action.LeaveStandby action) {
    LOG.info("vm={} standby ends here: {}", site.vm(), action.reason());
    site.release();
  }

  /** Lets go and says so, unless the placement names this host no longer anyway. */
  void resign(Action.ResignStandby action) {
    LOG.warn("vm={} gives up being standby: {}", site.vm(), action.reason());
    site.release();
    site.fault(action.reason());
    Versioned<Placement> now = site.placement();
    Placement p = now.value();
    if (!p.state().live() || !p.standbyIs(site.host().host(), site.host().incarnation())) {
      return;
    }
    HistoryRecord record =
        site.record(HistoryKind.UNPAIRED, p.owner(), p.standby(), p.generation(), action.reason());
    site.write(now, p.withoutStandby(action.reason()), record);
  }
}
