package org.nilmigration.failover.agent;

import java.util.Optional;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.region.GuestRegion;
import org.nilmigration.config.FaultException;
import org.nilmigration.failover.cluster.HistoryKind;
import org.nilmigration.failover.cluster.HistoryRecord;
import org.nilmigration.failover.decision.Action;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementStore;
import org.nilmigration.failover.placement.Versioned;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.StateBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Source of a planned move whose target is gone without having said so: the guest goes on here,
 * from what was handed over while the target wrote nothing to the live image, else from the last
 * commit. Effect thread of the guest.
 */
final class TakeBackEffects {
  private static final Logger LOG = LoggerFactory.getLogger(TakeBackEffects.class);

  private final GuestSite site;
  private final TakeoverEffects takeover;

  TakeBackEffects(GuestSite site, TakeoverEffects takeover) {
    this.site = site;
    this.takeover = takeover;
  }

  void takeBack(Action.TakeBack action) {
    Versioned<Placement> now = site.placement();
    if (!(site.holding() instanceof ReleasedHolding released)) {
      return;
    }
    Optional<Versioned<Placement>> written =
        now.value().generation() > released.generation()
            ? Optional.of(now)
            : written(now, released, action);
    if (written.isEmpty()) {
      return;
    }
    try {
      resume(released, written.get().value());
    } catch (FaultException e) {
      takeover.failed(
          written.get(), "cannot be resumed on host " + site.host().host() + ": " + e.getMessage());
    }
  }

  /** The word first: a target that only seemed dead must not begin to run on the same image. */
  private Optional<Versioned<Placement>> written(
      Versioned<Placement> now, ReleasedHolding released, Action.TakeBack action) {
    if (!action.shadow() && !released.revoke()) {
      LOG.warn("vm={} its target ran it meanwhile: looking again", site.vm());
      return Optional.empty();
    }
    Placement p = now.value();
    String from = p.handoff() == null ? null : p.handoff().to();
    Placement next = p.takenBack(action.shadow() ? p.shadowImage() : p.liveImage());
    HistoryRecord record =
        site.record(HistoryKind.TAKEOVER, from, p.owner(), next.generation(), action.cause())
            .with(released.epoch(action.shadow()), null, null);
    return site.write(now, next, record).map(PlacementStore.Written::placement);
  }

  private void resume(ReleasedHolding released, Placement next) {
    boolean shadow = !next.liveImage().equals(released.liveImage());
    StateBuffer state = released.state(shadow);
    MappedFile image = null;
    GuestProcess vm = null;
    try (GuestRegion region = site.region()) {
      image = region.openImage(next.liveImage());
      vm = site.hypervisor().start(site.launch(region, next.liveImage(), true));
      vm.prepareRestore();
      vm.restore(state.segment(), state.length());
      vm.resume();
      TakeoverEffects.serve(vm);
    } catch (RuntimeException e) {
      Closing.all(vm, image);
      throw e;
    }
    site.hold(new OwnerHolding(site, vm, image, null, next.generation(), released.epoch(shadow)));
    released.close();
    site.reclaimBut(next);
    LOG.warn("vm={} generation={} resumed at its old host", site.vm(), next.generation());
  }
}
