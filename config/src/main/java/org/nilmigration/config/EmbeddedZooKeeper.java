package org.nilmigration.config;

import java.nio.file.Path;

/**
 * A ZooKeeper server inside this host's daemon, listening on 127.0.0.1: for clusters on one
 * machine.
 *
 * @param port 1 to 65535
 * @param dataDir absolute; created when absent
 */
public record EmbeddedZooKeeper(int port, Path dataDir) {
  static final int DEFAULT_PORT = 2181;

  public EmbeddedZooKeeper {
    Rules.PORT.require("zookeeper.embedded.port", port);
    Rules.ABSOLUTE.require("zookeeper.embedded.dataDir", dataDir);
  }
}
