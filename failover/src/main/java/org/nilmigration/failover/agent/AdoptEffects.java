package org.nilmigration.failover.agent;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.nilmigration.checkpoint.dirty.DifferingRuns;
import org.nilmigration.checkpoint.dirty.DirtyTracker;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.handoff.HandoffArea;
import org.nilmigration.checkpoint.log.EpochLog;
import org.nilmigration.checkpoint.log.LogIdentity;
import org.nilmigration.checkpoint.log.LogProgress;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.region.GuestRegion;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.MemoryPlacement;
import org.nilmigration.failover.cluster.HistoryKind;
import org.nilmigration.failover.cluster.HistoryRecord;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.Versioned;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A guest outlives its daemon: this run leaves it, or goes on with what an earlier one left. The
 * next generation begins on the same live image; the standby keeps its shadow, which equals the
 * last commit, and the first epoch brings it the pages that differ. Effect thread of the guest.
 */
final class AdoptEffects {
  private static final Logger LOG = LoggerFactory.getLogger(AdoptEffects.class);
  private static final Duration APPLIED_WITHIN = Duration.ofSeconds(5);
  private static final long LOOK_MILLIS = 2;
  private static final double NANOS_PER_MILLI = 1e6;

  private final GuestSite site;

  AdoptEffects(GuestSite site) {
    this.site = site;
  }

  /** The guest runs on, what it sends waits where a standby is entitled to take over. */
  void leave() {
    if (site.holding() instanceof OwnerHolding owner) {
      int pid = owner.vm().pid();
      owner.leave();
      site.hold(
          site.hypervisor()
              .left(site.directory())
              .<Holding>map(guest -> new LeftHolding(site, owner.generation(), guest))
              .orElseGet(Holding.Nothing::new));
      LOG.info("vm={} pid={} runs on for the next run of this host", site.vm(), pid);
    }
  }

  /** Guest, memory and tracker as this run has them; closing leaves the guest as it runs. */
  private record Taken(GuestProcess vm, MappedFile live, DirtyTracker tracker)
      implements AutoCloseable {
    @Override
    public void close() {
      Closing.all(tracker, vm::leave, live);
    }
  }

  /** The log that its standby goes on with, and what its shadow lacks. */
  private record Following(EpochLog log, PageRuns behind) implements AutoCloseable {
    @Override
    public void close() {
      log.close();
    }
  }

  /**
   * Without an answer of ZooKeeper the guest runs on and is tried again; any other fault ends it,
   * for its standby to take over.
   */
  void adopt() {
    if (!(site.holding() instanceof LeftHolding left)) {
      return;
    }
    try {
      adopt(left);
    } catch (FaultException e) {
      if (e.kind() != FaultKind.NO_QUORUM) {
        LOG.error("vm={} killed: {}", site.vm(), e.getMessage());
        site.release();
      }
      throw e;
    }
  }

  private void adopt(LeftHolding left) {
    final long begin = System.nanoTime();
    Versioned<Placement> now = site.placement();
    Placement before = now.value();
    Taken taken = null;
    Following following = null;
    boolean done = false;
    try (GuestRegion region = site.region()) {
      taken = take(region, left, before);
      boolean mine = before.ownedBy(site.host().host(), site.host().incarnation());
      following = mine ? resumed(region, before, taken) : following(region, before, taken);
      Placement next = mine ? before : next(before, following);
      done = mine || write(now, next, following, begin);
      if (done) {
        own(taken, next, following);
      }
    } finally {
      if (!done) {
        Closing.all(taken, following);
      }
    }
  }

  private Taken take(GuestRegion region, LeftHolding left, Placement p) {
    MappedFile live = null;
    GuestProcess vm = null;
    DirtyTracker tracker = null;
    callOff(region, p);
    try {
      live = site.memory().open(region, p.liveImage(), p.memory());
      vm = left.guest().adopt(site.launch(live.path(), false));
      if (p.isProtected()) {
        vm.output().hold();
      }
      tracker = vm.track();
      vm.resume();
      return new Taken(vm, live, tracker);
    } catch (RuntimeException e) {
      Closing.all(tracker, vm, live);
      throw e;
    }
  }

  /** The target of a move that the earlier run had begun must not load a state of that time. */
  private void callOff(GuestRegion region, Placement p) {
    if (p.handoff() == null) {
      return;
    }
    try (HandoffArea area = region.openHandoff(p.handoff().area())) {
      if (!area.revoke()) {
        throw new FaultException(
            FaultKind.UNSAFE,
            "guest %s: found it running at host %s, expected the move to have come to nothing"
                .formatted(site.vm(), p.handoff().to()));
      }
    }
  }

  /** Null where there is no standby, or none that could go on. */
  private Following following(GuestRegion region, Placement p, Taken taken) {
    if (!p.isProtected()) {
      return null;
    }
    try (EpochLog old = region.openLog(p.log())) {
      long epoch = applied(old, p);
      PageRuns behind = behind(region, p, taken);
      LogIdentity identity =
          new LogIdentity(
              site.vm(), p.generation() + 1, p.pairing() + 1, region.memoryBytes(), true, epoch);
      return new Following(log(region, identity), behind);
    } catch (FaultException e) {
      LOG.warn("vm={} standby {} cannot go on: {}", site.vm(), p.standby(), e.getMessage());
      return null;
    }
  }

  /** The log of an attempt that came to nothing before it was named anywhere serves as well. */
  private EpochLog log(GuestRegion region, LogIdentity identity) {
    String name = GuestRegion.logName(identity.generation(), identity.pairing());
    if (!region.logReady(name)) {
      return region.createLog(identity, site.config().epoch().log().bytes());
    }
    EpochLog log = region.openLog(name);
    if (!log.identity().equals(identity)) {
      log.close();
      throw new FaultException(
          FaultKind.ERROR,
          "%s: found %s, expected %s; it is paired anew".formatted(name, log.identity(), identity));
    }
    return log;
  }

  /** After a write whose answer got lost: the log is there, nothing is in it. */
  private Following resumed(GuestRegion region, Placement p, Taken taken) {
    return p.standby() == null
        ? null
        : new Following(region.openLog(p.log()), behind(region, p, taken));
  }

  private static PageRuns behind(GuestRegion region, Placement p, Taken taken) {
    try (MappedFile shadow = region.openImage(p.shadowImage())) {
      PageRuns behind = new PageRuns();
      DifferingRuns.of(taken.live(), shadow, behind);
      return behind;
    }
  }

  /** The last commit of the earlier run, once the standby has applied it. */
  private long applied(EpochLog old, Placement p) {
    LogProgress progress = old.progress();
    long until = System.nanoTime() + APPLIED_WITHIN.toNanos();
    long epoch = progress.committedAcquire();
    while (progress.appliedAcquire() < epoch) {
      if (System.nanoTime() - until > 0 || site.host().peers().suspicion(p.standby()).isPresent()) {
        throw progress.behind();
      }
      Pause.millis(LOOK_MILLIS);
    }
    return epoch;
  }

  private Placement next(Placement before, Following following) {
    long incarnation = site.host().incarnation();
    return following == null
        ? before.adopted(incarnation)
        : before.adopted(incarnation, following.log().file().path().getFileName().toString());
  }

  private static long epoch(Following following) {
    return following == null ? 0 : following.log().identity().startEpoch();
  }

  private boolean write(Versioned<Placement> now, Placement next, Following following, long begin) {
    HistoryRecord record =
        site.record(
                HistoryKind.ADOPTED,
                now.value().owner(),
                next.owner(),
                next.generation(),
                "this host's daemon was restarted, the guest ran on")
            .with(
                epoch(following),
                Map.of(),
                Map.of("adopt", (System.nanoTime() - begin) / NANOS_PER_MILLI));
    return site.writeOwner(now, next, record).isPresent();
  }

  private void own(Taken taken, Placement p, Following following) {
    OwnerHolding owner =
        new OwnerHolding(
            site, taken.vm(), taken.live(), taken.tracker(), p.generation(), epoch(following));
    site.hold(owner);
    site.fault(null);
    if (following == null) {
      owner.openOutput();
    } else {
      owner.protect(following.log(), p.pairing(), p.standby(), following.behind());
    }
    LOG.info(
        "vm={} generation={} pid={} gone on with after a restart of this host's daemon, standby {}",
        site.vm(),
        p.generation(),
        taken.vm().pid(),
        p.standby());
    tidy(p);
  }

  /** A copy of the memory elsewhere that the earlier run did not complete does not stay. */
  private void tidy(Placement p) {
    boolean own = p.memory() == MemoryPlacement.LOCAL && !site.memory().byNodes();
    if (own) {
      site.reclaim(p.standby() == null ? Set.of() : Set.of(p.shadowImage(), p.log()));
    } else {
      site.memory().forget(site.vm());
      site.reclaimBut(p);
    }
  }
}
