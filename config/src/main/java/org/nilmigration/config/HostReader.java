package org.nilmigration.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.nodes.Node;

/** Binds a host's YAML document to {@link HostConfig}. */
final class HostReader {
  private final Path base;
  private final Faults faults;

  private HostReader(Path base, Faults faults) {
    this.base = base;
    this.faults = faults;
  }

  /**
   * @param base directory that relative paths resolve against
   */
  static HostConfig read(YamlText yaml, Path base) {
    Faults faults = new Faults(yaml.origin());
    HostReader reader = new HostReader(base, faults);
    Node document = yaml.compose();
    HostConfig config = Section.root(document, faults).map(reader::host).orElse(null);
    faults.throwIfAny();
    return config;
  }

  private HostConfig host(Section root) {
    Form<String> name = Form.text(Rules.HOST_NAME);
    String cluster = root.optional("cluster", name, HostConfig.DEFAULT_CLUSTER);
    String host = root.required("host", name);
    Path region =
        root.optional("region", Form.path(base, Rules.ABSOLUTE), HostConfig.DEFAULT_REGION);
    RegionFlush regionFlush =
        root.optional("regionFlush", Form.oneOf(RegionFlush.class), RegionFlush.AUTO);
    Path stateDir =
        root.optional("stateDir", Form.path(base, Rules.STATE_DIR), HostConfig.DEFAULT_STATE_DIR);
    ZooKeeperConfig zookeeper = zookeeper(root, stateDir);
    ApiConfig api = root.section("api").map(this::api).orElse(ApiConfig.DEFAULT);
    HeartbeatConfig heartbeat =
        root.section("heartbeat").map(this::heartbeat).orElse(HeartbeatConfig.DEFAULT);
    TakeoverConfig takeover =
        root.section("takeover").map(this::takeover).orElse(TakeoverConfig.DEFAULT);
    FencingConfig fencing = root.section("fencing").map(this::fencing).orElse(FencingConfig.NONE);
    WatchdogConfig watchdog =
        root.section("watchdog").map(nested -> watchdog(nested, heartbeat)).orElse(null);
    EpochConfig epoch = root.section("epoch").map(this::epoch).orElse(EpochConfig.DEFAULT);
    QemuConfig qemu = root.section("qemu").map(this::qemu).orElse(QemuConfig.DEFAULT);
    Path fallback = MemoryConfig.defaultLocal(cluster, host);
    MemoryConfig memory =
        root.section("memory")
            .map(nested -> memory(nested, fallback))
            .orElseGet(() -> new MemoryConfig(fallback, null));
    OnStop onStop = root.optional("onStop", Form.oneOf(OnStop.class), OnStop.HANDOVER);
    root.refuseUnknownKeys();
    return faults.ifNone(() ->
        new HostConfig(
            cluster,
            host,
            region,
            regionFlush,
            stateDir,
            zookeeper,
            api,
            heartbeat,
            takeover,
            fencing,
            watchdog,
            epoch,
            qemu,
            memory,
            onStop));
  }

  private ZooKeeperConfig zookeeper(Section root, Path stateDir) {
    if (!root.has("zookeeper")) {
      root.fault("zookeeper", "nothing", "a mapping", Rules.ONE_ZOOKEEPER_REMEDY);
      return null;
    }
    return root.section("zookeeper")
        .map(section -> zookeeperSection(section, stateDir))
        .orElse(null);
  }

  private ZooKeeperConfig zookeeperSection(Section section, Path stateDir) {
    String connect = section.optional("connect", Form.text(Rules.CONNECT), null);
    EmbeddedZooKeeper embedded =
        section.section("embedded").map(nested -> embedded(nested, stateDir)).orElse(null);
    if (section.has("connect") == section.has("embedded")) {
      section.fault(
          section.has("connect") ? "embedded" : "connect",
          section.has("connect") ? "it beside connect" : "nothing",
          "one of connect and embedded",
          Rules.ONE_ZOOKEEPER_REMEDY);
    }
    Duration sessionTimeout =
        section.optional(
            "sessionTimeout",
            Form.duration(Rules.SESSION_TIMEOUT),
            ZooKeeperConfig.DEFAULT_SESSION_TIMEOUT);
    section.refuseUnknownKeys();
    return faults.ifNone(() -> new ZooKeeperConfig(connect, embedded, sessionTimeout));
  }

  private EmbeddedZooKeeper embedded(Section section, Path stateDir) {
    Integer port =
        section.optional("port", Form.integer(Rules.PORT), EmbeddedZooKeeper.DEFAULT_PORT);
    Path fallback = stateDir == null ? null : stateDir.resolve("zookeeper");
    Path dataDir = section.optional("dataDir", Form.path(base, Rules.ABSOLUTE), fallback);
    section.refuseUnknownKeys();
    return faults.ifNone(() -> new EmbeddedZooKeeper(port, dataDir));
  }

  private ApiConfig api(Section section) {
    ApiConfig api = section.optional("listen", Form.listen(), ApiConfig.DEFAULT);
    section.refuseUnknownKeys();
    return api;
  }

  private HeartbeatConfig heartbeat(Section section) {
    Duration interval =
        section.optional(
            "interval", Form.duration(Rules.BEAT_INTERVAL), HeartbeatConfig.DEFAULT.interval());
    Duration suspectAfter =
        section.optional(
            "suspectAfter",
            Form.duration(Rules.SUSPECT_AFTER),
            HeartbeatConfig.DEFAULT.suspectAfter());
    Duration lease =
        section.optional("lease", Form.duration(Rules.LEASE), HeartbeatConfig.DEFAULT.lease());
    if (interval != null && suspectAfter != null) {
      section.check("suspectAfter", suspectAfter, Rules.suspectsAfterFourBeats(interval));
    }
    section.refuseUnknownKeys();
    return faults.ifNone(() -> new HeartbeatConfig(interval, suspectAfter, lease));
  }

  private TakeoverConfig takeover(Section section) {
    TakeoverConfig fallback = TakeoverConfig.DEFAULT;
    Duration grace = section.optional("grace", Form.duration(Rules.GRACE), fallback.grace());
    Duration cooldown =
        section.optional("cooldown", Form.duration(Rules.COOLDOWN), fallback.cooldown());
    Integer hosts =
        section.optional(
            "hostsPerMinute", Form.integer(Rules.HOSTS_PER_MINUTE), fallback.hostsPerMinute());
    section.refuseUnknownKeys();
    return faults.ifNone(() -> new TakeoverConfig(grace, cooldown, hosts));
  }

  private WatchdogConfig watchdog(Section section, HeartbeatConfig heartbeat) {
    Path device =
        section.optional("device", Form.path(base, Rules.ABSOLUTE), WatchdogConfig.DEFAULT_DEVICE);
    Duration timeout =
        section.optional(
            "timeout", Form.duration(Rules.WATCHDOG_TIMEOUT), WatchdogConfig.DEFAULT_TIMEOUT);
    if (heartbeat != null && timeout != null) {
      section.check("timeout", timeout, Rules.outlastsSuspicion(heartbeat.suspectAfter()));
    }
    section.refuseUnknownKeys();
    return faults.ifNone(() -> new WatchdogConfig(device, timeout));
  }

  private FencingConfig fencing(Section section) {
    Map<String, List<FenceAgentConfig>> hosts = new LinkedHashMap<>();
    for (String host : section.names(Rules.HOST_NAME)) {
      hosts.put(host, section.sections(host).stream().map(this::fenceAgent).toList());
    }
    return faults.ifNone(() -> new FencingConfig(hosts));
  }

  private FenceAgentConfig fenceAgent(Section section) {
    Path agent = section.required("agent", Form.path(null, Rules.ABSOLUTE));
    Map<String, String> parameters = new LinkedHashMap<>();
    section
        .section("parameters")
        .ifPresent(nested -> {
          for (String key : nested.names(Rules.FENCE_PARAMETER)) {
            parameters.put(key, nested.required(key, Form.text(Rules.FENCE_VALUE)));
          }
        });
    Duration timeout =
        section.optional(
            "timeout", Form.duration(Rules.FENCE_TIMEOUT), FenceAgentConfig.DEFAULT_TIMEOUT);
    Integer attempts =
        section.optional(
            "attempts", Form.integer(Rules.FENCE_ATTEMPTS), FenceAgentConfig.DEFAULT_ATTEMPTS);
    section.refuseUnknownKeys();
    return faults.ifNone(() -> new FenceAgentConfig(agent, parameters, timeout, attempts));
  }

  private EpochConfig epoch(Section section) {
    Duration interval =
        section.optional(
            "interval", Form.duration(Rules.EPOCH_INTERVAL), EpochConfig.DEFAULT.interval());
    Duration output =
        section.optional(
            "outputInterval",
            Form.duration(Rules.OUTPUT_INTERVAL),
            shorter(interval, EpochConfig.DEFAULT.outputInterval()));
    Duration idle =
        section.optional(
            "idleInterval",
            Form.duration(Rules.IDLE_INTERVAL),
            longer(interval, EpochConfig.DEFAULT.idleInterval()));
    if (interval != null && output != null) {
      section.check("outputInterval", output, Rules.atMostInterval(interval));
    }
    if (interval != null && idle != null) {
      section.check("idleInterval", idle, Rules.atLeastInterval(interval));
    }
    ByteSize log = section.optional("log", Form.size(Rules.EPOCH_LOG), EpochConfig.DEFAULT.log());
    section.refuseUnknownKeys();
    return faults.ifNone(() -> new EpochConfig(interval, output, idle, log));
  }

  private static Duration shorter(Duration interval, Duration fallback) {
    return interval != null && interval.compareTo(fallback) < 0 ? interval : fallback;
  }

  private static Duration longer(Duration interval, Duration fallback) {
    return interval != null && interval.compareTo(fallback) > 0 ? interval : fallback;
  }

  private MemoryConfig memory(Section section, Path fallback) {
    Path local = section.optional("local", Form.path(base, Rules.ABSOLUTE), fallback);
    ByteSize capacity = section.optional("capacity", Form.size(Rules.MEMORY_CAPACITY), null);
    section.refuseUnknownKeys();
    return faults.ifNone(() -> new MemoryConfig(local, capacity));
  }

  private QemuConfig qemu(Section section) {
    String binary = section.optional("binary", Form.text(Rules.LINE), QemuConfig.DEFAULT.binary());
    Accelerator accelerator =
        section.optional(
            "accelerator", Form.oneOf(Accelerator.class), QemuConfig.DEFAULT.accelerator());
    section.refuseUnknownKeys();
    return faults.ifNone(() -> new QemuConfig(binary, accelerator));
  }
}
