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
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.Versioned;
import org.nilmigration.migration.hypervisor.StateBuffer;
import org.nilmigration.migration.protect.Replica;
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

  /** A takeover counts milliseconds: what it writes is sent once before, to be refused. */
  private void rehearse(Versioned<Placement> now) {
    Placement p = now.value();
    HistoryRecord record =
        site.record(HistoryKind.TAKEOVER, p.owner(), p.standby(), p.generation() + 1, "rehearsal");
    try {
      boolean current = site.rehearseOwner(now, p.takenOver(), record);
      LOG.debug("vm={} takeover rehearsed, placement current: {}", site.vm(), current);
    } catch (FaultException e) {
      LOG.debug("vm={} takeover not rehearsed: {}", site.vm(), e.getMessage());
    }
  }

  private void follow(Placement p) {
    EpochLog log = null;
    Kept kept = null;
    try (GuestRegion region = site.region()) {
      awaitLog(region, p);
      log = region.openLog(p.log());
      if (log.identity().synced()) {
        kept = kept(region, p, log.identity().startEpoch());
      } else {
        site.release();
        kept = new Kept(region.createImage(p.shadowImage()), null);
      }
      StandbyHolding standby = new StandbyHolding(site, p, log, kept.shadow(), kept.state());
      standby.follow(site.launch(region, p.shadowImage(), true));
      site.hold(standby);
    } catch (RuntimeException e) {
      Closing.all(log, kept);
      throw e;
    }
  }

  /** A shadow image and the device state that goes with it, null for an image that is empty. */
  private record Kept(MappedFile shadow, StateBuffer state) implements AutoCloseable {
    @Override
    public void close() {
      Closing.all(shadow, state);
    }
  }

  /** The guest moved: the shadow stays as it is, in the hands of its keeper or of the old owner. */
  private Kept kept(GuestRegion region, Placement p, long epoch) {
    long found;
    Kept kept;
    switch (site.holding()) {
      case StandbyHolding standby -> {
        Replica.Detached detached = standby.detach();
        found = detached.epoch();
        kept = new Kept(standby.shadow(), detached.state());
      }
      case ReleasedHolding released -> {
        found = released.epoch(true);
        kept = new Kept(region.openImage(p.shadowImage()), released.takeCommittedState());
        released.close();
      }
      default -> throw notKept("nothing of it here", epoch);
    }
    site.hold(new Holding.Nothing());
    if (found != epoch || kept.state() == null || !isNamed(kept.shadow(), p.shadowImage())) {
      kept.close();
      throw notKept(kept.shadow().path() + " at epoch " + found, epoch);
    }
    return kept;
  }

  private static boolean isNamed(MappedFile file, String name) {
    return file.path().getFileName().toString().equals(name);
  }

  private FaultException notKept(String found, long epoch) {
    return new FaultException(
        FaultKind.ERROR,
        "guest %s: found %s, expected the shadow image of epoch %d and its state; it is paired anew"
            .formatted(site.vm(), found, epoch));
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
