package org.nilmigration.failover.agent;

import java.util.Objects;
import org.nilmigration.checkpoint.handoff.HandoffArea;
import org.nilmigration.checkpoint.region.GuestRegion;
import org.nilmigration.config.FaultException;
import org.nilmigration.failover.decision.Words;
import org.nilmigration.failover.placement.Placement;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The words of the planned move under way, through a mapping of its own: looks at memory, never
 * waits. Decision thread.
 */
final class AreaWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AreaWatch.class);

  private final GuestSite site;
  private String name;
  private HandoffArea area;

  AreaWatch(GuestSite site) {
    this.site = site;
  }

  /** Null when no move is under way, and while its area cannot be read. */
  Words words(Placement p) {
    String wanted = p == null || p.handoff() == null ? null : p.handoff().area();
    if (!Objects.equals(wanted, name)) {
      close();
      name = wanted;
    }
    if (wanted == null) {
      return null;
    }
    try {
      if (area == null) {
        area = open(wanted);
      }
      return new Words(area.sourceAcquire(), area.targetAcquire());
    } catch (FaultException e) {
      LOG.debug("vm={} area {} cannot be read: {}", site.vm(), wanted, e.getMessage());
      return null;
    }
  }

  private HandoffArea open(String file) {
    try (GuestRegion region = site.region()) {
      return region.openHandoff(file);
    }
  }

  @Override
  public void close() {
    Closing.all(area);
    area = null;
  }
}
