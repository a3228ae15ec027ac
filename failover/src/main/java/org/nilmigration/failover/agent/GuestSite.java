package org.nilmigration.failover.agent;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.nilmigration.checkpoint.region.GuestRegion;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.HostConfig;
import org.nilmigration.failover.cluster.Cluster;
import org.nilmigration.failover.cluster.ClusterWatch;
import org.nilmigration.failover.cluster.HistoryKind;
import org.nilmigration.failover.cluster.HistoryRecord;
import org.nilmigration.failover.cluster.Operation;
import org.nilmigration.failover.json.StrictJson;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementStore;
import org.nilmigration.failover.placement.Versioned;
import org.nilmigration.migration.hypervisor.Hypervisor;
import org.nilmigration.migration.hypervisor.Launch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One guest at this host: what is held of it, and the ways to the cluster and to the region that
 * all its effects use. Effect thread, except where it says any thread.
 */
final class GuestSite {
  private static final Logger LOG = LoggerFactory.getLogger(GuestSite.class);

  private final String vm;
  private final HostContext host;
  private volatile Holding holding = new Holding.Nothing();
  private volatile ArrivalHolding arrival;
  private volatile String fault;
  private Versioned<Placement> decidedOn;

  GuestSite(String vm, HostContext host) {
    this.vm = vm;
    this.host = host;
  }

  String vm() {
    return vm;
  }

  HostContext host() {
    return host;
  }

  HostConfig config() {
    return host.setup().config();
  }

  Cluster cluster() {
    return host.cluster();
  }

  Hypervisor hypervisor() {
    return host.setup().hypervisor();
  }

  GuestMemory memory() {
    return new GuestMemory(host.setup().local(), host.setup().mechanism());
  }

  /** The guest's private directory on this host. */
  Path directory() {
    return host.guestDirectory(vm);
  }

  /** Any thread. */
  void wake() {
    host.wake().run();
  }

  /** Any thread. */
  Holding holding() {
    return holding;
  }

  /** Replaces what is held; the one before is not closed. */
  void hold(Holding next) {
    holding = next;
  }

  /** Lets go of everything. */
  void release() {
    Holding before = holding;
    before.close();
    holding = new Holding.Nothing();
  }

  /** The guest on its way to here, null for none. Any thread. */
  ArrivalHolding arrival() {
    return arrival;
  }

  /** Replaces it; the one before is not closed. */
  void arrival(ArrivalHolding next) {
    arrival = next;
  }

  /** Lets go of a guest on its way to here. */
  void dropArrival() {
    Closing.all(arrival);
    arrival = null;
  }

  /** Last fault of this guest on this host, null for none. Any thread. */
  String fault() {
    return fault;
  }

  void fault(String sentence) {
    fault = sentence;
  }

  /** The guest's specification. */
  GuestConfig guestConfig() {
    return host.watch()
        .guest(vm)
        .map(ClusterWatch.Wanted::config)
        .orElseThrow(() ->
            new FaultException(
                FaultKind.NO_SUCH, "guest " + vm + ": its specification is gone; apply it again"));
  }

  /** An effect begins that was decided on this placement, null for none. */
  void begin(Versioned<Placement> placement) {
    decidedOn = placement;
  }

  /**
   * The placement that the effect under way was decided on, or what the effect itself wrote since.
   * Never a later one by somebody else: a write based on it then finds another version and is
   * refused, and the decision is made anew.
   */
  Optional<Versioned<Placement>> decidedOn() {
    return Optional.ofNullable(decidedOn);
  }

  /** {@link #decidedOn}, where there must be one. */
  Versioned<Placement> placement() {
    return decidedOn()
        .orElseThrow(
            () -> new FaultException(FaultKind.TRY_AGAIN, "guest " + vm + " has no placement"));
  }

  /** Creates the first placement; empty when another host was first. */
  Optional<PlacementStore.Written> create(Placement first) {
    return seen(cluster().placements().create(vm, first, PlacementStore.With.NOTHING));
  }

  /** Replaces the placement; empty when it changed meanwhile. */
  Optional<PlacementStore.Written> write(Versioned<Placement> from, Placement next) {
    return seen(
        cluster().placements().update(vm, from.version(), next, PlacementStore.With.NOTHING));
  }

  /** Replaces the placement and adds a history record, both or none. */
  Optional<PlacementStore.Written> write(
      Versioned<Placement> from, Placement next, HistoryRecord record) {
    String history = StrictJson.text(record);
    return seen(
        cluster()
            .placements()
            .update(vm, from.version(), next, PlacementStore.With.history(history)));
  }

  /** Replaces the owner: placement, history and the old owner's place in the election in one. */
  Optional<PlacementStore.Written> writeOwner(
      Versioned<Placement> from, Placement next, HistoryRecord record) {
    return seen(
        cluster().placements().update(vm, from.version(), next, ofOwner(from.value(), record)));
  }

  /** Does all of {@link #writeOwner} but the change; returns whether {@code from} is still so. */
  boolean rehearseOwner(Versioned<Placement> from, Placement next, HistoryRecord record) {
    return cluster().placements().rehearse(vm, from.version(), next, ofOwner(from.value(), record));
  }

  private PlacementStore.With ofOwner(Placement before, HistoryRecord record) {
    String latch = host.watch().latchNode(vm, before.owner()).orElse(null);
    return new PlacementStore.With(StrictJson.text(record), latch);
  }

  private Optional<PlacementStore.Written> seen(Optional<PlacementStore.Written> written) {
    if (written.isPresent()) {
      decidedOn = written.get().placement();
      host.watch().observed(vm, decidedOn);
    } else {
      LOG.info("vm={} the placement changed meanwhile: reading it again", vm);
      cluster().placements().read(vm).ifPresent(now -> host.watch().observed(vm, now));
    }
    return written;
  }

  /** Completes the record that went with a write; one whose answer got lost is written anew. */
  void complete(PlacementStore.Written written, HistoryRecord full) {
    if (written.historyPath() == null) {
      cluster().record(full);
    } else {
      cluster().amend(written.historyPath(), full);
    }
  }

  HistoryRecord record(HistoryKind kind, String from, String to, long generation, String cause) {
    return HistoryRecord.of(kind, vm, from, to, generation, cause);
  }

  /** The guest's directory in the region. */
  GuestRegion region() {
    return host.setup()
        .region()
        .guest(vm)
        .orElseThrow(() ->
            new FaultException(
                FaultKind.UNAVAILABLE,
                "guest %s: found no directory for it in region %s, expected the owner to have created it; check that all hosts map the same region"
                    .formatted(vm, host.setup().region().directory())));
  }

  /** Unlinks the guest's files in the region, except the named ones. */
  void reclaim(Set<String> keep) {
    try {
      reclaimOrFail(keep);
    } catch (FaultException e) {
      LOG.warn("vm={} reclaiming old files failed: {}", vm, e.getMessage());
    }
  }

  /** The same before a new life of the guest: owners of an earlier one are mute on return. */
  void reclaimOrFail(Set<String> keep) {
    var guest = host.setup().region().guest(vm);
    if (guest.isPresent()) {
      try (GuestRegion open = guest.get()) {
        open.reclaim(keep);
      }
    }
  }

  /** As {@link #reclaim}: what the placement names stays. */
  void reclaimBut(Placement p) {
    Set<String> keep = new HashSet<>();
    keep.add(p.liveImage());
    if (p.standby() != null) {
      keep.add(p.shadowImage());
      keep.add(p.log());
    }
    if (p.handoff() != null) {
      keep.add(p.handoff().area());
    }
    reclaim(keep);
  }

  /** Says how far an operation is. */
  void report(Operation operation) {
    cluster().operations().report(operation);
    host.watch().observed(operation);
  }

  /** Whether an operation is not to go on; the decision that it ends is another one. */
  boolean calledOff(Operation operation) {
    return host.watch().calledOff(operation, System.nanoTime()).isPresent();
  }

  Launch launch(GuestRegion region, String image, boolean incoming) {
    return launch(region.imagePath(image), incoming);
  }

  Launch launch(Path image, boolean incoming) {
    return new Launch(guestConfig(), image, directory(), incoming);
  }
}
