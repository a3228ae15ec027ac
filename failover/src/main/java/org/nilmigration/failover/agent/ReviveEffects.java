package org.nilmigration.failover.agent;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.nilmigration.checkpoint.image.ImageCopy;
import org.nilmigration.checkpoint.image.ShadowImage;
import org.nilmigration.checkpoint.log.EpochLog;
import org.nilmigration.checkpoint.log.LogStandby;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.region.GuestRegion;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.failover.cluster.HistoryKind;
import org.nilmigration.failover.cluster.HistoryRecord;
import org.nilmigration.failover.decision.Action;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementStore;
import org.nilmigration.failover.placement.Versioned;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owner and standby died at once: the guest goes on from shadow and log in the region, at the last
 * commit. In the order of a takeover: placement, <em>taken</em> word, last commit. On a copy of the
 * shadow, since a standby that only seemed dead would write to it. Effect thread of the guest.
 */
final class ReviveEffects {
  private static final Logger LOG = LoggerFactory.getLogger(ReviveEffects.class);
  private static final double NANOS_PER_MILLI = 1e6;

  private final GuestSite site;
  private final OwnerEffects owner;

  ReviveEffects(GuestSite site, OwnerEffects owner) {
    this.site = site;
    this.owner = owner;
  }

  /** Where the region has not what it needs, the guest is booted anew, loudly. */
  void revive(Action.Revive action) {
    final long begin = System.nanoTime();
    Versioned<Placement> now = site.placement();
    Placement before = now.value();
    Placement next =
        before.revived(
            site.host().host(),
            site.host().incarnation(),
            GuestRegion.imageName(before.generation() + 1, before.pairing()));
    HistoryRecord record =
        site.record(
            HistoryKind.TAKEOVER, before.owner(), next.owner(), next.generation(), action.cause());
    Optional<PlacementStore.Written> written = site.writeOwner(now, next, record);
    if (written.isEmpty()) {
      return;
    }
    OwnerHolding guest;
    try {
      guest = resume(before, next);
    } catch (FaultException e) {
      LOG.error("vm={} cannot be resumed from the region: {}", site.vm(), e.getMessage());
      site.fault(e.getMessage());
      owner.coldStart();
      return;
    }
    site.hold(guest);
    site.fault(null);
    double millis = (System.nanoTime() - begin) / NANOS_PER_MILLI;
    LOG.warn(
        "vm={} generation={} epoch={} host={} resumed it from the region in {} ms: {}",
        site.vm(),
        next.generation(),
        guest.lastEpoch(),
        next.owner(),
        millis,
        action.cause());
    site.complete(
        written.get(),
        record.with(
            guest.lastEpoch(),
            Map.of("runningNanos", Long.toString(System.nanoTime())),
            Map.of("resume", millis)));
    site.reclaimBut(next);
  }

  private void requireState(LogStandby standby, Placement p) {
    if (standby.state().byteSize() == 0) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "guest %s: found no epoch in log %s, expected one: the device state that goes with %s was in host %s alone"
              .formatted(site.vm(), p.log(), p.shadowImage(), p.standby()));
    }
  }

  private OwnerHolding resume(Placement before, Placement next) {
    EpochLog log = null;
    MappedFile image = null;
    GuestProcess vm = null;
    try (GuestRegion region = site.region()) {
      log = region.openLog(before.log());
      LogStandby standby = log.standbyAgain();
      standby.publishTaken();
      site.reclaim(Set.of(before.shadowImage(), before.log()));
      image = region.createImage(next.liveImage());
      try (MappedFile shadow = region.openImage(before.shadowImage())) {
        ImageCopy.of(shadow, image);
      }
      long epoch = standby.recover(new ShadowImage(image));
      requireState(standby, before);
      vm = site.hypervisor().start(site.launch(region, next.liveImage(), true));
      vm.restore(standby.state(), standby.state().byteSize());
      vm.resume();
      TakeoverEffects.serve(vm);
      return new OwnerHolding(site, vm, image, null, next.generation(), epoch);
    } catch (RuntimeException e) {
      Closing.all(vm, image);
      throw e;
    } finally {
      Closing.all(log);
    }
  }
}
