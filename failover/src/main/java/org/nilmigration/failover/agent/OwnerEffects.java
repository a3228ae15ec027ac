package org.nilmigration.failover.agent;

import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.nilmigration.checkpoint.dirty.DirtyTracker;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.log.EpochLog;
import org.nilmigration.checkpoint.log.LogIdentity;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.region.GuestRegion;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.failover.cluster.Desired;
import org.nilmigration.failover.cluster.HistoryKind;
import org.nilmigration.failover.cluster.HistoryRecord;
import org.nilmigration.failover.decision.Action;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;
import org.nilmigration.failover.placement.PlacementStore;
import org.nilmigration.failover.placement.Versioned;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What an owner does: start, pair, drop, stop. Effect thread of the guest. */
final class OwnerEffects {
  private static final Logger LOG = LoggerFactory.getLogger(OwnerEffects.class);
  private static final long POWERDOWN_SECONDS_MAX = 10;
  private static final long EXIT_MILLIS_MAX = 500;

  private final GuestSite site;

  OwnerEffects(GuestSite site) {
    this.site = site;
  }

  /** First start, start after a stop, or the rest of a start that was begun. */
  void start() {
    Optional<Versioned<Placement>> now = site.decidedOn();
    if (now.isPresent() && now.get().value().state() == PlacementState.STARTING) {
      boot(now.get(), HistoryKind.START, "wanted to run");
      return;
    }
    Optional<PlacementStore.Written> written =
        now.isEmpty()
            ? site.create(starting(1))
            : site.write(now.get(), starting(now.get().value().generation() + 1));
    written.ifPresent(w -> boot(w.placement(), HistoryKind.START, "wanted to run"));
  }

  /** The guest's memory went with an earlier run of this host: boot it anew. */
  void coldStart() {
    Versioned<Placement> now = site.placement();
    LOG.warn(
        "vm={} generation={} cold start: its memory was lost with an earlier run of this host",
        site.vm(),
        now.value().generation() + 1);
    site.write(now, starting(now.value().generation() + 1))
        .ifPresent(w ->
            boot(
                w.placement(),
                HistoryKind.COLD_START,
                "this host restarted and no synced standby took over: memory lost"));
  }

  private Placement starting(long generation) {
    return Placement.starting(
            site.host().host(),
            site.host().incarnation(),
            generation,
            GuestRegion.imageName(generation, 0))
        .withMemory(site.guestConfig().placement());
  }

  private void boot(Versioned<Placement> placed, HistoryKind kind, String cause) {
    try {
      bring(placed.value());
    } catch (FaultException e) {
      fail("cannot be started on host " + site.host().host() + ": " + e.getMessage());
      return;
    }
    site.fault(null);
    running(placed, kind, cause);
  }

  private void running(Versioned<Placement> placed, HistoryKind kind, String cause) {
    Placement p = placed.value();
    HistoryRecord record = site.record(kind, null, p.owner(), p.generation(), cause);
    site.write(placed, p.withState(PlacementState.RUNNING, null), record)
        .ifPresent(w ->
            LOG.info("vm={} generation={} host={} runs", site.vm(), p.generation(), p.owner()));
  }

  void markRunning() {
    running(site.placement(), HistoryKind.START, "wanted to run");
  }

  /** Files, process, tracker, run; nothing of it stays when one of them fails. */
  private void bring(Placement p) {
    GuestConfig config = site.guestConfig();
    config.checkFiles();
    site.reclaimOrFail(Set.of());
    MappedFile live = null;
    GuestProcess vm = null;
    DirtyTracker tracker = null;
    try (GuestRegion region = directory(config)) {
      live = site.memory().create(region, p.liveImage(), p.memory());
      vm = site.hypervisor().start(site.launch(live.path(), false));
      tracker = vm.track();
      vm.resume();
      site.hold(new OwnerHolding(site, vm, live, tracker, p.generation(), 0));
    } catch (RuntimeException e) {
      Closing.all(vm, tracker, live);
      site.memory().forget(site.vm());
      throw e;
    }
  }

  /** The guest's directory; one of another shape belonged to an earlier configuration. */
  private GuestRegion directory(GuestConfig config) {
    long bytes = config.memory().bytes();
    var region = site.host().setup().region();
    try {
      return region.createGuest(site.vm(), bytes, config.vcpus());
    } catch (FaultException e) {
      if (region.guest(site.vm()).isEmpty()) {
        throw e;
      }
      LOG.info("vm={} its configuration changed: making its directory anew", site.vm());
      region.removeGuest(site.vm());
      return region.createGuest(site.vm(), bytes, config.vcpus());
    }
  }

  /** Names a standby, then makes the log and starts to fill it. */
  void pair(Action.Pair action) {
    OwnerHolding owner = owner();
    Versioned<Placement> now = site.placement();
    Placement p = now.value();
    long pairing = p.pairing() + 1;
    Placement next =
        p.pairedWith(
            action.host(),
            action.incarnation(),
            GuestRegion.imageName(p.generation(), pairing),
            GuestRegion.logName(p.generation(), pairing));
    site.reclaimBut(p);
    HistoryRecord record =
        site.record(
            HistoryKind.PAIRED, p.owner(), action.host(), p.generation(), "first sync begins");
    if (site.write(now, next, record).isEmpty()) {
      return;
    }
    try (GuestRegion region = site.region()) {
      LogIdentity identity =
          new LogIdentity(
              site.vm(), p.generation(), pairing, region.memoryBytes(), false, owner.lastEpoch());
      EpochLog log = region.createLog(identity, site.config().epoch().log().bytes());
      owner.protect(log, pairing, action.host(), new PageRuns());
      LOG.info(
          "vm={} generation={} pairing={} first sync to host={} begins",
          site.vm(),
          p.generation(),
          pairing,
          action.host());
    } catch (FaultException e) {
      dropStandby(new Action.DropStandby("cannot be protected: " + e.getMessage(), true));
    }
  }

  /** The guest goes on unprotected. A fault of a process that is dying is left to its end. */
  void dropStandby(Action.DropStandby action) {
    OwnerHolding owner = owner();
    if (action.backOff() && exits(owner.vm(), EXIT_MILLIS_MAX, TimeUnit.MILLISECONDS)) {
      return;
    }
    Versioned<Placement> now = site.placement();
    String standby = now.value().standby();
    HistoryRecord record =
        site.record(
            HistoryKind.UNPAIRED,
            now.value().owner(),
            standby,
            now.value().generation(),
            action.reason());
    if (site.write(now, now.value().withoutStandby(action.reason()), record).isEmpty()) {
      return;
    }
    LOG.warn("vm={} unprotected: {}", site.vm(), action.reason());
    owner.unprotect();
    owner.openOutput();
    site.reclaim(Set.of(now.value().liveImage()));
    if (action.backOff()) {
      avoid(standby);
    }
  }

  /** The standby resigned. */
  void unprotect() {
    OwnerHolding owner = owner();
    Placement p = site.placement().value();
    String standby = owner.standby();
    LOG.warn("vm={} unprotected: standby {} left: {}", site.vm(), standby, p.note());
    owner.unprotect();
    owner.openOutput();
    site.reclaimBut(p);
    if (standby != null) {
      avoid(standby);
    }
  }

  private void avoid(String standby) {
    site.host().pairings().failed(site.vm() + " " + standby, System.nanoTime());
  }

  void markSynced() {
    Versioned<Placement> now = site.placement();
    Placement p = now.value();
    HistoryRecord record =
        site.record(
                HistoryKind.SYNCED, p.owner(), p.standby(), p.generation(), "first sync complete")
            .with(owner().lastEpoch(), null, null);
    site.write(now, p.withSynced(), record)
        .ifPresent(w -> {
          site.host().pairings().succeeded(site.vm() + " " + p.standby());
          LOG.info(
              "vm={} generation={} protected by host={}", site.vm(), p.generation(), p.standby());
        });
  }

  /** Stops the guest in order; when this returns normally nothing of it is left here. */
  void stop(Action.Stop action) {
    Versioned<Placement> now = site.placement();
    if (action.byGuest() && wantedToRun()) {
      site.cluster().desire(site.vm(), Desired.STOPPED);
    }
    OwnerHolding owner = owner();
    owner.unprotect();
    powerdown(owner.vm());
    site.release();
    Placement p = now.value();
    HistoryRecord record =
        site.record(HistoryKind.STOP, p.owner(), null, p.generation(), action.reason());
    site.write(now, p.ended(PlacementState.STOPPED, action.reason()), record)
        .ifPresent(w -> LOG.info("vm={} stopped: {}", site.vm(), action.reason()));
    site.reclaim(Set.of());
  }

  private boolean wantedToRun() {
    return site.host()
        .watch()
        .guest(site.vm())
        .filter(wanted -> wanted.desired() == Desired.RUNNING)
        .isPresent();
  }

  private static void powerdown(GuestProcess vm) {
    if (vm.exit().isDone()) {
      return;
    }
    try {
      vm.powerdown();
      if (!exits(vm, POWERDOWN_SECONDS_MAX, TimeUnit.SECONDS)) {
        LOG.info("the guest ignored its power button for {} s: killing it", POWERDOWN_SECONDS_MAX);
      }
    } catch (FaultException e) {
      LOG.info("the guest's power button does not work, killing it: {}", e.getMessage());
    }
  }

  private static boolean exits(GuestProcess vm, long within, TimeUnit unit) {
    try {
      return vm.exit().get(within, unit) != null;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** The guest's process died and a synced standby is there. */
  void requestFailover(Action.RequestFailover action) {
    Versioned<Placement> now = site.placement();
    Placement p = now.value();
    if (site.holding() instanceof OwnerHolding owner) {
      owner.unprotect();
    }
    HistoryRecord record =
        site.record(HistoryKind.FAULT, p.owner(), p.standby(), p.generation(), action.reason());
    site.write(now, p.withState(PlacementState.FAILOVER, action.reason()), record)
        .ifPresent(w ->
            LOG.error(
                "vm={} {}: standby {} is asked to take over",
                site.vm(),
                action.reason(),
                p.standby()));
  }

  /** The guest cannot go on: nothing of it stays, the placement says why. */
  void fail(String reason) {
    site.release();
    site.fault(reason);
    Versioned<Placement> now = site.placement();
    Placement p = now.value();
    HistoryRecord record = site.record(HistoryKind.FAULT, p.owner(), null, p.generation(), reason);
    if (site.write(now, p.ended(PlacementState.FAILED, reason), record).isPresent()) {
      LOG.error("vm={} generation={} failed: {}", site.vm(), p.generation(), reason);
      site.reclaim(Set.of());
    }
  }

  /** The guest is another host's: kill it, keep nothing. */
  void stepDown(Action.StepDown action) {
    LOG.warn("vm={} killed here: {}", site.vm(), action.reason());
    site.host().brakes().takenOver(site.vm(), System.nanoTime());
    site.release();
  }

  private OwnerHolding owner() {
    if (site.holding() instanceof OwnerHolding owner) {
      return owner;
    }
    throw new FaultException(
        FaultKind.TRY_AGAIN, "guest " + site.vm() + " does not run on host " + site.host().host());
  }
}
