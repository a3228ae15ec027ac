package org.nilmigration.config;

import java.time.Duration;

/**
 * How the cluster's ZooKeeper is reached: exactly one of {@code connect} and {@code embedded}.
 *
 * @param connect {@code host:port,host:port}; null when embedded
 * @param embedded the server this daemon runs itself; null when {@code connect} is given
 * @param sessionTimeout 500 ms to 60 s
 */
public record ZooKeeperConfig(String connect, EmbeddedZooKeeper embedded, Duration sessionTimeout) {
  static final Duration DEFAULT_SESSION_TIMEOUT = Duration.ofSeconds(2);

  public ZooKeeperConfig {
    if ((connect == null) == (embedded == null)) {
      throw new FaultException(
          FaultKind.CONFIG,
          "key 'zookeeper': found "
              + (connect == null ? "neither" : "both")
              + ", expected one of connect and embedded; "
              + Rules.ONE_ZOOKEEPER_REMEDY);
    }
    if (connect != null) {
      Rules.CONNECT.require("zookeeper.connect", connect);
    }
    Rules.SESSION_TIMEOUT.require("zookeeper.sessionTimeout", sessionTimeout);
  }

  /** What a client of this configuration connects to, also when the server is embedded. */
  public String connectString() {
    return connect != null ? connect : "127.0.0.1:" + embedded.port();
  }
}
