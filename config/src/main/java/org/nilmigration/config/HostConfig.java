package org.nilmigration.config;

import java.nio.file.Path;
import java.util.Objects;

/**
 * One host of a cluster.
 *
 * @param cluster name the hosts of one cluster share
 * @param host this host's name, unique in the cluster
 * @param region absolute; the directory in shared memory that all hosts of the cluster map
 * @param regionFlush whether what is written there is flushed from this host's caches
 * @param stateDir absolute, private to this host: sockets, logs, the API token; short enough for
 *     Unix sockets below it ({@link #STATE_DIR_BYTES_MAX})
 * @param watchdog null where nothing resets the host when its daemon hangs
 * @param onStop what becomes of its guests when the daemon is told to end
 */
public record HostConfig(
    String cluster,
    String host,
    Path region,
    RegionFlush regionFlush,
    Path stateDir,
    ZooKeeperConfig zookeeper,
    ApiConfig api,
    HeartbeatConfig heartbeat,
    TakeoverConfig takeover,
    FencingConfig fencing,
    WatchdogConfig watchdog,
    EpochConfig epoch,
    QemuConfig qemu,
    MemoryConfig memory,
    OnStop onStop) {

  /** Longest path of a Unix socket: {@code sun_path} of unix(7) without its closing zero. */
  public static final int SOCKET_PATH_BYTES_MAX = 107;

  /**
   * Longest UTF-8 form of {@code stateDir}: leaves 60 bytes for what is placed below it, such as
   * {@code /guests/NAME/} (a name has up to 32 characters) and a socket's own name.
   */
  public static final int STATE_DIR_BYTES_MAX = SOCKET_PATH_BYTES_MAX - 60;

  static final String DEFAULT_CLUSTER = "default";
  static final Path DEFAULT_REGION = Path.of("/dev/shm/nil-migration");
  static final Path DEFAULT_STATE_DIR = Path.of("/var/lib/nil-migration");

  public HostConfig {
    Rules.HOST_NAME.require("cluster", cluster);
    Rules.HOST_NAME.require("host", host);
    Rules.ABSOLUTE.require("region", region);
    Objects.requireNonNull(regionFlush, "regionFlush");
    Rules.STATE_DIR.require("stateDir", stateDir);
    Objects.requireNonNull(zookeeper, "zookeeper");
    Objects.requireNonNull(api, "api");
    Objects.requireNonNull(heartbeat, "heartbeat");
    Objects.requireNonNull(takeover, "takeover");
    Objects.requireNonNull(fencing, "fencing");
    Objects.requireNonNull(epoch, "epoch");
    Objects.requireNonNull(qemu, "qemu");
    Objects.requireNonNull(memory, "memory");
    Objects.requireNonNull(onStop, "onStop");
    if (watchdog != null) {
      Rules.outlastsSuspicion(heartbeat.suspectAfter())
          .require("watchdog.timeout", watchdog.timeout());
    }
  }
}
