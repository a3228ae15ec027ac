package org.nilmigration.failover.cluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.curator.framework.CuratorFramework;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.nilmigration.config.ConfigFiles;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.failover.json.StrictJson;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;
import org.nilmigration.failover.placement.PlacementStore;
import org.nilmigration.failover.placement.Versioned;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all hosts agree on, held in ZooKeeper under {@code /nil-migration/CLUSTER}. One per daemon,
 * usable from any thread; every method blocks for a bounded time and throws a FaultException
 * NO_QUORUM with a sentence when ZooKeeper does not answer.
 */
public final class Cluster implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Cluster.class);
  private static final int JOURNAL_RECORDS_MAX = 2_000;

  private final ZooKeeperLink link;
  private final HostRegistry registry;
  private final PlacementStore placements;
  private final Maintenance maintenance;
  private final Pauses pauses;
  private final Fencing fencing;
  private final Operations operations;

  private Cluster(ZooKeeperLink link) {
    this.link = link;
    this.registry = new HostRegistry(link);
    this.placements = new PlacementStore(link.curator());
    this.maintenance = new Maintenance(link, this);
    this.pauses = new Pauses(link, this);
    this.fencing = new Fencing(link, this);
    this.operations = new Operations(link, this);
  }

  /**
   * Opens a session and creates the tree where it is missing.
   *
   * @param connectString ZooKeeper's {@code host:port,host:port}
   */
  public static Cluster connect(String connectString, Duration sessionTimeout, String clusterName) {
    ZooKeeperLink link =
        ZooKeeperLink.open(connectString, sessionTimeout, "nil-migration/" + clusterName);
    Cluster cluster = new Cluster(link);
    try {
      for (String folder :
          List.of(
              "/hosts", "/vms", Operations.FOLDER, "/history", Maintenance.HOSTS, Fencing.FOLDER)) {
        cluster.ensure(folder);
      }
    } catch (RuntimeException e) {
      link.close();
      throw e;
    }
    return cluster;
  }

  /** Creates a znode where it is missing. */
  void ensure(String folder) {
    link.tell(
        "creating " + folder,
        () -> {
          if (link.curator().checkExists().forPath(folder) == null) {
            createUnlessThere(folder);
          }
        });
  }

  private void createUnlessThere(String folder) throws Exception {
    try {
      link.curator().create().creatingParentsIfNeeded().forPath(folder);
    } catch (KeeperException.NodeExistsException e) {
      LOG.debug("{} was created by another host at the same time", folder);
    }
  }

  /** The registered hosts by name. */
  public List<HostRecord> hosts() {
    return registry.hosts();
  }

  /** The guests by name. */
  public List<GuestView> guests() {
    return link.ask(
        "listing guests",
        () -> {
          List<GuestView> guests = new ArrayList<>();
          for (String name : link.sortedChildren("/vms")) {
            guest(name).ifPresent(guests::add);
          }
          return guests;
        });
  }

  public Optional<GuestView> guest(String name) {
    return link.ask(
        "reading guest " + name,
        () -> {
          Optional<GuestSpec> spec = spec(name);
          if (spec.isEmpty()) {
            return Optional.empty();
          }
          Placement placement = placements.read(name).map(Versioned::value).orElse(null);
          return Optional.of(
              new GuestView(
                  config(name, spec.get()),
                  spec.get().desired(),
                  placement,
                  pauses.find(name).orElse(null)));
        });
  }

  /** {@link #apply(GuestConfig, boolean)} without force. */
  public void apply(GuestConfig guest) {
    apply(guest, false);
  }

  /**
   * Creates the guest, to run at once, or updates it and leaves what is wanted of it.
   *
   * @param force accepts what would be refused as UNSAFE; that is logged and kept in the history
   * @throws FaultException TRY_AGAIN when the guest runs and the change needs it stopped, CONFIG
   *     when another guest has a TAP device or MAC address of it, UNSAFE when its output is to
   *     leave before the commit
   */
  public void apply(GuestConfig guest, boolean force) {
    new GuestApply(link, this).apply(guest, force);
  }

  /**
   * Says what is wanted of a guest. RUNNING on a failed guest asks for a new start.
   *
   * @throws FaultException NO_SUCH when there is no such guest
   */
  public void desire(String guest, Desired desired) {
    GuestSpec spec = spec(guest).orElseThrow(() -> noSuch(guest));
    if (desired == Desired.RUNNING) {
      forgive(guest);
    }
    putSpec(guest, new GuestSpec(spec.config(), desired));
  }

  private void forgive(String guest) {
    Optional<Versioned<Placement>> now = placements.read(guest);
    if (now.isPresent() && now.get().value().state() == PlacementState.FAILED) {
      Placement again =
          now.get().value().ended(PlacementState.STOPPED, "a new start was asked for");
      placements.update(guest, now.get().version(), again, PlacementStore.With.NOTHING);
    }
  }

  private void putSpec(String guest, GuestSpec spec) {
    link.tell(
        "writing the spec of guest " + guest,
        () -> link.curator().setData().forPath("/vms/" + guest + "/spec", StrictJson.write(spec)));
  }

  /**
   * What happened, newest first.
   *
   * @param vmOrNull null for all guests
   */
  public List<HistoryRecord> history(String vmOrNull, int limit) {
    return link.ask(
        "reading history",
        () -> {
          List<HistoryRecord> records = new ArrayList<>();
          for (String id : link.sortedChildren("/history").reversed()) {
            if (records.size() >= limit) {
              break;
            }
            readRecord(id)
                .filter(record -> vmOrNull == null || vmOrNull.equals(record.vm()))
                .ifPresent(records::add);
          }
          return records;
        });
  }

  /** One record by its id. */
  public Optional<HistoryRecord> historyRecord(String id) {
    if (!HistoryRecord.ID.matcher(id).matches()) {
      return Optional.empty();
    }
    return link.ask("reading history", () -> readRecord(id));
  }

  private Optional<HistoryRecord> readRecord(String id) throws Exception {
    return link.data("/history/" + id)
        .map(json -> StrictJson.read(HistoryRecord.class, json, "znode /history/" + id))
        .map(record -> record.named(id));
  }

  /** Adds a history record that goes with no change of placement. For the agents. */
  public void record(HistoryRecord record) {
    link.tell(
        "writing history of guest " + record.vm(),
        () ->
            link.curator()
                .create()
                .withMode(CreateMode.PERSISTENT_SEQUENTIAL)
                .forPath("/history/rec-", StrictJson.write(record)));
  }

  /** Completes a record that was written within a change of placement. For the agents. */
  public void amend(String historyPath, HistoryRecord record) {
    link.tell(
        "completing history of guest " + record.vm(),
        () -> link.curator().setData().forPath(historyPath, StrictJson.write(record)));
  }

  /**
   * Registers a host for as long as this session lives.
   *
   * @return empty when registered, else the record that holds the name
   */
  public Optional<HostRecord> register(HostRecord host) {
    return registry.register(host);
  }

  /** Says what changed of a host that is registered in this session. */
  public void update(HostRecord host) {
    registry.update(host);
  }

  /** Removes a host's registration if it is still that incarnation's. */
  public void deregister(String host, long incarnation) {
    registry.deregister(host, incarnation);
  }

  /** Deletes everything ZooKeeper knows of a guest. For the agent that removed its files. */
  public void forget(String guest) {
    link.tell(
        "forgetting guest " + guest,
        () ->
            link.curator().delete().quietly().deletingChildrenIfNeeded().forPath("/vms/" + guest));
  }

  /** Drops the oldest ended operations and history records beyond a few thousand. */
  public void trimJournals() {
    for (String folder : List.of(Operations.FOLDER, "/history")) {
      link.tell(
          "trimming " + folder,
          () -> {
            List<String> names = link.sortedChildren(folder);
            for (String name : names.subList(0, Math.max(0, names.size() - JOURNAL_RECORDS_MAX))) {
              link.curator()
                  .delete()
                  .quietly()
                  .deletingChildrenIfNeeded()
                  .forPath(folder + "/" + name);
            }
          });
    }
  }

  /** What people asked for and takes its time. */
  public Operations operations() {
    return operations;
  }

  /** What people order for hosts. */
  public Maintenance maintenance() {
    return maintenance;
  }

  /** What is known for certain of hosts that are off. */
  public Fencing fencing() {
    return fencing;
  }

  /** What people order for HA, of one guest or of all. */
  public Pauses pauses() {
    return pauses;
  }

  /** The only writer of placements. For the agents. */
  public PlacementStore placements() {
    return placements;
  }

  /** The session itself, for Curator's recipes in {@code election}. */
  public CuratorFramework curator() {
    return link.curator();
  }

  private Optional<GuestSpec> spec(String guest) {
    return link.ask(
        "reading guest " + guest,
        () ->
            link.data("/vms/" + guest + "/spec")
                .map(json ->
                    StrictJson.read(GuestSpec.class, json, "znode /vms/" + guest + "/spec")));
  }

  static GuestConfig config(String guest, GuestSpec spec) {
    return ConfigFiles.guest(spec.config(), "the spec of guest " + guest);
  }

  static String lastName(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  static FaultException noSuch(String guest) {
    return new FaultException(
        FaultKind.NO_SUCH,
        "guest %s: found no such guest, expected one that was applied; list the guests with 'nilctl vm list'"
            .formatted(guest));
  }

  @Override
  public void close() {
    link.close();
  }
}
