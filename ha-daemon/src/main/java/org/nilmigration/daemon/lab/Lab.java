package org.nilmigration.daemon.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.nilmigration.checkpoint.region.Region;
import org.nilmigration.checkpoint.region.RegionSpec;
import org.nilmigration.config.EmbeddedZooKeeper;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.failover.cluster.EmbeddedZooKeeperServer;

/**
 * Several hosts on this machine, over one region and one ZooKeeper. Closing it removes everything,
 * also from a shutdown hook (Ctrl-C, SIGTERM), and says what it could not remove.
 */
public final class Lab implements AutoCloseable {
  /** How long ZooKeeper waits for a host that says nothing, where the options say no more. */
  public static final Duration SESSION = Duration.ofSeconds(2);

  private static final int ZOOKEEPER_PORT = 2181;

  private final LabOptions options;
  private final Path scratch;
  private final Path memory;
  private final Map<String, LabHost> hosts = new TreeMap<>();
  // Platform thread on purpose: PR_SET_PDEATHSIG follows the thread that started a host.
  private final ExecutorService spawner =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon(true).name("lab-hosts").factory());
  private final Thread hook = new Thread(this::closeAtExit, "lab-cleanup");
  private final List<Capture> captures = new ArrayList<>();
  private LabNetwork network;
  private EmbeddedZooKeeperServer zooKeeper;
  private ZooKeeperEnsemble ensemble;
  private SmallDisk disk;
  private CorosyncPair corosync;
  private boolean keepFiles;
  private boolean closed;
  private volatile boolean interrupted;

  private Lab(LabOptions options, Path scratch) {
    this.options = options;
    this.scratch = scratch;
    this.memory = SharedMemory.DIRECTORY.resolve(scratch.getFileName().toString());
  }

  /** Makes region, ZooKeeper and the hosts' configurations; starts no host. */
  public static Lab open(LabOptions options) {
    Lab lab = new Lab(options, newScratch());
    logInto(lab.scratch.resolve("lab.log"));
    Runtime.getRuntime().addShutdownHook(lab.hook);
    try {
      lab.setUp();
      return lab;
    } catch (IOException e) {
      lab.close();
      throw new FaultException(
          FaultKind.UNAVAILABLE, "setting up hosts in %s failed: %s".formatted(lab.scratch, e), e);
    } catch (RuntimeException e) {
      lab.close();
      throw e;
    }
  }

  private static Path newScratch() {
    try {
      // Short: the hosts' Unix sockets lie below it, and their paths end at 108 bytes.
      return Files.createTempDirectory("nil-lab-");
    } catch (IOException e) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "cannot create a directory in %s: %s"
              .formatted(System.getProperty("java.io.tmpdir"), e.getMessage()),
          e);
    }
  }

  // Counts only when nothing was logged yet; ZooKeeper and Curator talk a lot.
  private static void logInto(Path file) {
    if (System.getProperty("logback.configurationFile") == null) {
      System.setProperty("logback.configurationFile", "logback-lab.xml");
      System.setProperty("nil.lab.log", file.toString());
    }
  }

  private synchronized void setUp() throws IOException {
    requireRoot();
    network = LabNetwork.open();
    Files.createDirectory(memory);
    if (options.sharedMemory() != null) {
      disk = SmallDisk.mount(memory, options.sharedMemory());
    }
    Region.format(region(), new RegionSpec(options.region().bytes())).close();
    if (options.zooKeepers() > 1) {
      ensemble =
          ZooKeeperEnsemble.start(
              scratch, LabNetwork.ZOOKEEPER, options.session(), options.zooKeepers());
    } else {
      startZooKeeper();
    }
    for (String name : options.hosts()) {
      addHost(name);
    }
  }

  /** After {@link #stopZooKeeper}: the same server with what it had. */
  public synchronized void startZooKeeper() {
    zooKeeper =
        EmbeddedZooKeeperServer.start(
            new EmbeddedZooKeeper(ZOOKEEPER_PORT, scratch.resolve("zookeeper")),
            LabNetwork.ZOOKEEPER,
            options.session());
  }

  /** ZooKeeper is gone for all hosts, which run on. */
  public synchronized void stopZooKeeper() {
    zooKeeper.close();
  }

  /** The members of a lab with more than one of them. */
  public synchronized ZooKeeperEnsemble ensemble() {
    return ensemble;
  }

  /** The file system of region and guests' memory, of a lab with one of its own. */
  public synchronized SmallDisk disk() {
    return disk;
  }

  private static void requireRoot() throws IOException {
    if (!Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "hosts on one machine are PID and network namespaces: found user %s, expected root; run it with sudo"
              .formatted(System.getProperty("user.name")));
    }
  }

  private void addHost(String name) throws IOException {
    Path directory = Files.createDirectory(scratch.resolve(name));
    Path config = directory.resolve("host.yaml");
    LabHost host = new LabHost(name, directory, NilHome.nild(config), network, spawner);
    Files.writeString(config, hostYaml(host));
    hosts.put(name, host);
  }

  private String hostYaml(LabHost host) {
    return """
    cluster: lab
    host: %s
    region: %s
    memory:
      local: %s
    stateDir: %s
    zookeeper:
      connect: %s
      sessionTimeout: %dms
    api:
      listen: %s
    qemu:
      binary: %s
      accelerator: %s
    epoch:
      interval: %dms
      outputInterval: %dms
      idleInterval: %dms
      log: %s
    %s
    """
        .formatted(
            host.name(),
            region(),
            memory.resolve("local-" + host.name()),
            host.stateDirectory(),
            ensemble == null ? zooKeeper.connectString() : ensemble.connectString(),
            options.session().toMillis(),
            host.apiListen(),
            options.qemu(),
            options.accelerator().name().toLowerCase(Locale.ROOT),
            options.epoch().interval().toMillis(),
            options.epoch().outputInterval().toMillis(),
            options.epoch().idleInterval().toMillis(),
            options.epoch().log(),
            options.lease() == null
                ? ""
                : "heartbeat: {lease: %dms}\nonStop: leave".formatted(options.lease().toMillis()));
  }

  /** One of the hosts named in the options. */
  public LabHost host(String name) {
    LabHost host = hosts.get(name);
    if (host == null) {
      throw new IllegalArgumentException(
          "no host " + name + " in this lab, only " + hosts.keySet());
    }
    return host;
  }

  public List<LabHost> hosts() {
    return List.copyOf(hosts.values());
  }

  /**
   * Captures all frames from and to a guest that pass between the hosts and this process, from now
   * on and until the lab is closed.
   */
  public synchronized Capture capture(LabNic nic) {
    try {
      Capture capture = Capture.begin(Files.createTempDirectory(scratch, "capture-"), nic);
      captures.add(capture);
      return capture;
    } catch (IOException e) {
      throw new FaultException(
          FaultKind.UNAVAILABLE, "cannot create a directory in %s: %s".formatted(scratch, e), e);
    }
  }

  /** Two more machines on the lab's network, with nothing but corosync; not started. */
  public synchronized CorosyncPair corosync() {
    try {
      corosync =
          new CorosyncPair(Files.createDirectory(scratch.resolve("corosync")), network, spawner);
      return corosync;
    } catch (IOException e) {
      throw new FaultException(
          FaultKind.UNAVAILABLE, "cannot set up corosync in %s: %s".formatted(scratch, e), e);
    }
  }

  /** Directory with the hosts' files and logs. */
  public Path scratch() {
    return scratch;
  }

  /** Directory of the region. */
  public Path region() {
    return memory.resolve("region");
  }

  /** Copies the region to a new directory; the hosts stand still from then on. */
  public void copyRegion(Path to) {
    hosts().stream().filter(LabHost::isRunning).forEach(LabHost::freeze);
    Commands.run(List.of("cp", "-a", "--sparse=always", region().toString(), to.toString()));
  }

  /** Lets {@link #close} leave {@link #scratch()} (logs, consoles, configurations) in place. */
  public synchronized void keepFiles() {
    keepFiles = true;
  }

  /** Whether the process was told to end while the lab was open. */
  public boolean interrupted() {
    return interrupted;
  }

  private void closeAtExit() {
    interrupted = true;
    System.err.println("\ninterrupted: removing hosts, guests and shared memory");
    try {
      close();
    } catch (FaultException e) {
      System.err.println(e.getMessage());
    }
  }

  /**
   * Kills the hosts and removes all traces.
   *
   * @throws FaultException ERROR naming what is still there
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    List<String> faults = new ArrayList<>();
    for (LabHost host : hosts.values()) {
      attempt(faults, host::close);
    }
    if (corosync != null) {
      attempt(faults, corosync::close);
    }
    if (zooKeeper != null) {
      attempt(faults, zooKeeper::close);
    }
    if (ensemble != null) {
      ensemble.close();
    }
    captures.forEach(Capture::close);
    if (network != null) {
      attempt(faults, network::close);
    }
    spawner.shutdown();
    if (disk != null) {
      attempt(faults, disk::close);
    }
    attempt(faults, () -> Leftovers.delete(memory));
    if (!keepFiles) {
      attempt(faults, () -> Leftovers.delete(scratch));
    }
    faults.addAll(Leftovers.of(keepFiles ? List.of(memory) : List.of(memory, scratch)));
    forgetHook();
    if (!faults.isEmpty()) {
      throw new FaultException(
          FaultKind.ERROR,
          "closing the hosts of %s: expected nothing to remain, found %s"
              .formatted(scratch, String.join("; ", faults)));
    }
  }

  private void forgetHook() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException atExit) {
      // The process is ending; the hook finds the lab closed.
    }
  }

  private interface Step {
    void run() throws IOException;
  }

  private static void attempt(List<String> faults, Step step) {
    try {
      step.run();
    } catch (IOException | RuntimeException e) {
      faults.add(e.getMessage());
    }
  }
}
