package org.nilmigration.failover.agent;

import java.util.Set;
import org.nilmigration.failover.cluster.HistoryKind;
import org.nilmigration.failover.cluster.HistoryRecord;
import org.nilmigration.failover.decision.Action;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;
import org.nilmigration.failover.placement.Versioned;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends that need no running guest: a dead owner's guest, a removed guest. Effect thread. */
final class EndEffects {
  private static final Logger LOG = LoggerFactory.getLogger(EndEffects.class);

  private final GuestSite site;

  EndEffects(GuestSite site) {
    this.site = site;
  }

  void markStopped(Action.MarkStopped action) {
    Versioned<Placement> now = site.placement();
    Placement p = now.value();
    HistoryRecord record =
        site.record(HistoryKind.STOP, p.owner(), null, p.generation(), action.reason());
    if (site.writeOwner(now, p.ended(PlacementState.STOPPED, action.reason()), record)
        .isPresent()) {
      LOG.info("vm={} stopped: {}", site.vm(), action.reason());
      site.release();
      site.reclaim(Set.of());
    }
  }

  /** Files first, then the record of them, so that nothing is left that nobody knows. */
  void purge() {
    var region = site.host().setup().region();
    if (region.guest(site.vm()).isPresent()) {
      site.reclaim(Set.of());
      region.removeGuest(site.vm());
    }
    site.cluster().forget(site.vm());
    LOG.info("vm={} removed", site.vm());
  }
}
