package org.nilmigration.failover.cluster;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.cache.ChildData;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.recipes.cache.CuratorCacheListener;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.framework.state.ConnectionStateListener;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.failover.json.StrictJson;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementCodec;
import org.nilmigration.failover.placement.Versioned;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A local copy of hosts, guests, placements, latches, operations and orders that a decision thread
 * reads without blocking. Written by Curator's event threads, which store and then call {@code
 * wake}; readers on any thread see each value whole.
 *
 * <p>A placement never goes back: of the watched and the own written one, the one with the greater
 * mzxid counts, so that nobody decides on what he himself has already changed.
 */
public final class ClusterWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterWatch.class);
  private static final List<String> FOLDERS =
      List.of("/hosts", "/vms", Operations.FOLDER, Maintenance.ORDERS);

  /** What is wanted of a guest, parsed once per change. */
  public record Wanted(GuestConfig config, Desired desired) {}

  private final Map<String, HostRecord> hosts = new ConcurrentHashMap<>();
  private final Map<String, Wanted> wanted = new ConcurrentHashMap<>();
  private final Map<String, Versioned<Placement>> placements = new ConcurrentHashMap<>();
  private final Map<String, Cordon> cordons = new ConcurrentHashMap<>();
  private final Map<String, Fenced> fenced = new ConcurrentHashMap<>();
  private final Map<String, HaPause> pauses = new ConcurrentHashMap<>();
  private final Map<String, String> latchNodes = new ConcurrentHashMap<>();
  private final ConcurrentNavigableMap<String, Operation> open = new ConcurrentSkipListMap<>();
  private final Set<String> ended = ConcurrentHashMap.newKeySet();
  private final Map<String, Long> seenNanos = new ConcurrentHashMap<>();
  private final Map<String, Order> cancels = new ConcurrentHashMap<>();
  private final AtomicInteger uninitialised = new AtomicInteger(FOLDERS.size());
  private final Runnable wake;
  private final CuratorFramework curator;
  private final List<CuratorCache> caches;
  private final ConnectionStateListener connection = this::connectionChanged;
  private volatile boolean connected;

  private ClusterWatch(CuratorFramework curator, Runnable wake) {
    this.curator = curator;
    this.wake = wake;
    this.caches =
        FOLDERS.stream()
            .map(folder ->
                CuratorCache.builder(curator, folder).withStorage(new NodeStorage()).build())
            .toList();
  }

  /**
   * Begins to watch.
   *
   * @param wake called after each change on a thread of Curator: must only enqueue
   */
  public static ClusterWatch start(Cluster cluster, Runnable wake) {
    ClusterWatch watch = new ClusterWatch(cluster.curator(), wake);
    watch.begin();
    return watch;
  }

  private void begin() {
    curator.getConnectionStateListenable().addListener(connection);
    connected = curator.getZookeeperClient().isConnected();
    CuratorCacheListener listener =
        CuratorCacheListener.builder()
            .forCreatesAndChanges((before, now) -> stored(now))
            .forDeletes(this::deleted)
            .forInitialized(this::initialised)
            .build();
    for (CuratorCache cache : caches) {
      cache.listenable().addListener(listener);
      cache.start();
    }
  }

  private void initialised() {
    uninitialised.decrementAndGet();
    wake.run();
  }

  private void connectionChanged(CuratorFramework client, ConnectionState state) {
    connected = state.isConnected();
    wake.run();
  }

  /** True once everything that was there at the start has been read. */
  public boolean ready() {
    return uninitialised.get() <= 0;
  }

  /** False while ZooKeeper is away: what the other methods say may be old then. */
  public boolean connected() {
    return connected;
  }

  public Optional<HostRecord> host(String name) {
    return name == null ? Optional.empty() : Optional.ofNullable(hosts.get(name));
  }

  /** Who has confirmed that this run of a host is off; null when nobody has. */
  public String fencedBy(String host, long incarnation) {
    Fenced run = fenced.get(host);
    return run != null && run.covers(incarnation) ? run.by() : null;
  }

  /** The registered hosts by name. */
  public Collection<HostRecord> hosts() {
    return new TreeMap<>(hosts).values();
  }

  /** What is wanted, by guest. */
  public Map<String, Wanted> guests() {
    return new TreeMap<>(wanted);
  }

  /** What is wanted of a guest. */
  public Optional<Wanted> guest(String name) {
    return Optional.ofNullable(wanted.get(name));
  }

  public Optional<Versioned<Placement>> placement(String guest) {
    return Optional.ofNullable(placements.get(guest));
  }

  /** The oldest operation on the guest that has not ended. */
  public Optional<Operation> openOperation(String guest) {
    return open.values().stream().filter(o -> guest.equals(o.vm())).findFirst();
  }

  /** Why the operation is not to go on, by people or because it takes too long. */
  public Optional<CallOff> calledOff(Operation operation, long nowNanos) {
    Order cancel = cancels.get(operation.id());
    if (cancel != null) {
      return Optional.of(new CallOff("cancelled " + cancel.signature(), null));
    }
    long millis = operation.timeoutMillis();
    Long seen = seenNanos.get(operation.id());
    boolean late =
        millis != 0 && seen != null && nowNanos - seen > TimeUnit.MILLISECONDS.toNanos(millis);
    return late
        ? Optional.of(new CallOff("not done within " + millis + " ms", FaultKind.TIMEOUT))
        : Optional.empty();
  }

  public Optional<Cordon> cordon(String host) {
    return Optional.ofNullable(cordons.get(host));
  }

  /** The cordoned hosts. */
  public Collection<Cordon> cordons() {
    return new TreeMap<>(cordons).values();
  }

  /** The pause that holds for the guest, its own before that of all; null asks for that of all. */
  public Optional<HaPause> pause(String guestOrNull) {
    HaPause own = guestOrNull == null ? null : pauses.get("/vms/" + guestOrNull + "/pause");
    return Optional.ofNullable(own == null ? pauses.get(Pauses.ALL) : own);
  }

  /** Full path of a host's latch node for a guest. */
  public Optional<String> latchNode(String guest, String host) {
    String folder = "/vms/" + guest + "/latch/";
    return latchNodes.entrySet().stream()
        .filter(e -> e.getKey().startsWith(folder) && e.getValue().equals(host))
        .map(Map.Entry::getKey)
        .findFirst();
  }

  /** Takes note of a placement that this host wrote or read itself. */
  public void observed(String guest, Versioned<Placement> placement) {
    placements.merge(guest, placement, (a, b) -> a.mzxid() >= b.mzxid() ? a : b);
  }

  /** Takes note of an operation as watched or as reported by this host; it never goes back. */
  public void observed(Operation operation) {
    if (operation.state().ended()) {
      ended.add(operation.id());
      open.remove(operation.id());
      seenNanos.remove(operation.id());
    } else if (!ended.contains(operation.id())) {
      seenNanos.putIfAbsent(operation.id(), System.nanoTime());
      open.merge(operation.id(), operation, Operation::later);
    }
  }

  private void stored(ChildData node) {
    try {
      store(node.getPath(), node);
    } catch (RuntimeException e) {
      LOG.error("ignoring znode {}: {}", node.getPath(), e.getMessage());
    }
    wake.run();
  }

  private void store(String path, ChildData node) {
    String[] parts = path.substring(1).split("/", -1);
    byte[] json = node.getData();
    if (parts[0].equals("orders") || (parts.length == 3 && parts[2].equals("pause"))) {
      order(path, json);
    } else if (parts.length == 2 && parts[0].equals("hosts")) {
      hosts.put(parts[1], StrictJson.read(HostRecord.class, json, "znode " + path));
    } else if (parts.length == 2 && parts[0].equals("operations")) {
      observed(Operations.parse(parts[1], json));
    } else if (parts.length == 3 && parts[2].equals(Operations.CANCEL)) {
      cancels.put(parts[1], StrictJson.read(Order.class, json, "znode " + path));
    } else if (parts.length == 3 && parts[2].equals("spec")) {
      GuestSpec spec = StrictJson.read(GuestSpec.class, json, "znode " + path);
      wanted.put(parts[1], new Wanted(Cluster.config(parts[1], spec), spec.desired()));
    } else if (parts.length == 3 && parts[2].equals("placement")) {
      Placement placement = PlacementCodec.decode(json, "znode " + path);
      var stat = node.getStat();
      observed(parts[1], new Versioned<>(placement, stat.getVersion(), stat.getMzxid()));
    } else if (parts.length == 4 && parts[2].equals("latch")) {
      latchNodes.put(path, new String(json, StandardCharsets.UTF_8));
    }
  }

  /** What people ordered; said in the log of every host. */
  private void order(String path, byte[] json) {
    if (path.endsWith("/pause")) {
      HaPause pause = StrictJson.read(HaPause.class, json, "znode " + path);
      pauses.put(path, pause);
      LOG.warn("{}: no takeover and no new standby by itself", pause.sentence());
    } else if (path.startsWith(Fencing.FOLDER + "/")) {
      Fenced run = StrictJson.read(Fenced.class, json, "znode " + path);
      fenced.put(run.host(), run);
    } else if (path.startsWith(Maintenance.HOSTS + "/")) {
      Cordon cordon = StrictJson.read(Cordon.class, json, "znode " + path);
      cordons.put(cordon.host(), cordon);
      LOG.info(
          "host={} is {} by {} since {}",
          cordon.host(),
          cordon.draining() ? "drained" : "cordoned",
          cordon.by(),
          cordon.at());
    }
  }

  private void orderEnded(String path) {
    if (pauses.remove(path) != null) {
      LOG.info("{} is gone: HA goes on", path);
    } else if (path.startsWith(Maintenance.HOSTS + "/")) {
      String host = path.substring(Maintenance.HOSTS.length() + 1);
      cordons.remove(host);
      LOG.info("host={} is not cordoned any more", host);
    }
  }

  private void deleted(ChildData node) {
    String path = node.getPath();
    String[] parts = path.substring(1).split("/", -1);
    if (parts[0].equals("orders") || (parts.length == 3 && parts[2].equals("pause"))) {
      orderEnded(path);
    } else if (parts.length == 2 && parts[0].equals("hosts")) {
      hosts.remove(parts[1]);
    } else if (parts.length == 2 && parts[0].equals("operations")) {
      open.remove(parts[1]);
      ended.remove(parts[1]);
      seenNanos.remove(parts[1]);
    } else if (parts.length == 3 && parts[2].equals(Operations.CANCEL)) {
      cancels.remove(parts[1]);
    } else if (parts.length == 3 && parts[2].equals("spec")) {
      wanted.remove(parts[1]);
    } else if (parts.length == 3 && parts[2].equals("placement")) {
      // A placement goes only together with its guest.
      placements.remove(parts[1]);
    } else if (parts.length == 4 && parts[2].equals("latch")) {
      latchNodes.remove(path);
    }
    wake.run();
  }

  @Override
  public void close() {
    curator.getConnectionStateListenable().removeListener(connection);
    caches.forEach(CuratorCache::close);
  }
}
