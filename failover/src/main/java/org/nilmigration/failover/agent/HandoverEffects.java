package org.nilmigration.failover.agent;

import java.time.Duration;
import org.nilmigration.checkpoint.handoff.HandoffArea;
import org.nilmigration.checkpoint.handoff.HandoffIdentity;
import org.nilmigration.checkpoint.region.GuestRegion;
import org.nilmigration.config.FaultException;
import org.nilmigration.failover.cluster.Operation;
import org.nilmigration.failover.cluster.OperationPhase;
import org.nilmigration.failover.decision.Action;
import org.nilmigration.failover.placement.Handoff;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;
import org.nilmigration.failover.placement.Versioned;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The source of a planned move: the intent goes to ZooKeeper before the pause, the words in an area
 * made for this attempt alone decide inside it. The outcome is the target's to write. Effect thread
 * of the guest.
 */
final class HandoverEffects {
  private static final Logger LOG = LoggerFactory.getLogger(HandoverEffects.class);
  private static final Duration HANDOFF_WITHIN = Duration.ofSeconds(10);

  private final GuestSite site;

  HandoverEffects(GuestSite site) {
    this.site = site;
  }

  /** Area, intent, handoff, and what remains of the guest here afterwards. */
  void handOver(Action.HandOver action) {
    if (!(site.holding() instanceof OwnerHolding owner)) {
      return;
    }
    Operation operation = action.operation();
    if (operation != null) {
      site.report(operation.running(OperationPhase.HANDOFF));
    }
    Versioned<Placement> now = site.placement();
    site.reclaimBut(now.value());
    HandoffArea area = createArea(now);
    Placement intent =
        now.value().withHandoff(new Handoff(action.to(), action.incarnation(), name(now)));
    if (!announced(now, intent, area)) {
      return;
    }
    try {
      ReleasedHolding released = owner.handOver(area, HANDOFF_WITHIN);
      site.hold(released);
      owner.close();
      LOG.info("vm={} handed over to host={}", site.vm(), action.to());
    } catch (FaultException e) {
      LOG.warn("vm={} not handed over: {}", site.vm(), e.getMessage());
      site.fault(e.getMessage());
      if (operation != null) {
        if (!site.calledOff(operation)) {
          site.report(operation.failed(e.getMessage(), e.kind().exitCode()));
        }
        revert();
        return;
      }
      revert("not handed over: " + e.getMessage());
      throw e;
    }
  }

  private static String name(Versioned<Placement> now) {
    return GuestRegion.handoffName(now.value().generation(), now.version());
  }

  private HandoffArea createArea(Versioned<Placement> now) {
    try (GuestRegion region = site.region()) {
      return region.createHandoff(
          new HandoffIdentity(
              site.vm(), now.value().generation(), now.version(), region.memoryBytes()));
    }
  }

  private boolean announced(Versioned<Placement> now, Placement intent, HandoffArea area) {
    boolean written = false;
    try {
      written = site.write(now, intent).isPresent();
      return written;
    } finally {
      if (!written) {
        area.close();
      }
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
    Operation ended = action.ended();
    LOG.info("vm={} {} is {}: {}", site.vm(), ended.id(), ended.state(), ended.detail());
    site.report(ended);
  }
}
