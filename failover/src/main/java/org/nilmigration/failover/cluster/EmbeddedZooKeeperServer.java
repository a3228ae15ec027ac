package org.nilmigration.failover.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import org.apache.zookeeper.server.embedded.ExitHandler;
import org.apache.zookeeper.server.embedded.ZooKeeperServerEmbedded;
import org.nilmigration.config.EmbeddedZooKeeper;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * A ZooKeeper server inside this process, for clusters that live on one machine. Survives its
 * restart by its data directory. One per data directory.
 */
public final class EmbeddedZooKeeperServer implements AutoCloseable {
  private static final long START_WITHIN_MILLIS = 30_000;
  private static final int TICK_MILLIS = 100;
  private static final String LOOPBACK = "127.0.0.1";

  private final ZooKeeperServerEmbedded server;
  private final String connectString;

  private EmbeddedZooKeeperServer(ZooKeeperServerEmbedded server, String connectString) {
    this.server = server;
    this.connectString = connectString;
  }

  /** Starts the server on the loopback address and returns when it answers. */
  public static EmbeddedZooKeeperServer start(EmbeddedZooKeeper config, Duration sessionTimeout) {
    return start(config, LOOPBACK, sessionTimeout);
  }

  /**
   * Starts the server and returns when it answers.
   *
   * @param address of this machine, the only one that it listens on
   */
  public static EmbeddedZooKeeperServer start(
      EmbeddedZooKeeper config, String address, Duration sessionTimeout) {
    String listens = address + ":" + config.port();
    try {
      Path base = Files.createDirectories(config.dataDir());
      ZooKeeperServerEmbedded server =
          ZooKeeperServerEmbedded.builder()
              .baseDir(base)
              .configuration(properties(config, address, sessionTimeout))
              .exitHandler(ExitHandler.LOG_ONLY)
              .build();
      server.start(START_WITHIN_MILLIS);
      return new EmbeddedZooKeeperServer(server, listens);
    } catch (IOException | RuntimeException e) {
      throw notStarted(config, listens, e);
    } catch (Exception e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      throw notStarted(config, listens, e);
    }
  }

  private static Properties properties(
      EmbeddedZooKeeper config, String address, Duration sessionTimeout) {
    Properties properties = new Properties();
    properties.setProperty("dataDir", config.dataDir().resolve("data").toString());
    properties.setProperty("clientPort", Integer.toString(config.port()));
    properties.setProperty("clientPortAddress", address);
    properties.setProperty("tickTime", Integer.toString(TICK_MILLIS));
    properties.setProperty("minSessionTimeout", Integer.toString(2 * TICK_MILLIS));
    properties.setProperty(
        "maxSessionTimeout", Long.toString(Math.max(60_000, sessionTimeout.toMillis())));
    properties.setProperty("maxClientCnxns", "0");
    properties.setProperty("admin.enableServer", "false");
    properties.setProperty("autopurge.purgeInterval", "1");
    properties.setProperty("autopurge.snapRetainCount", "3");
    return properties;
  }

  private static FaultException notStarted(EmbeddedZooKeeper config, String listens, Exception e) {
    return new FaultException(
        FaultKind.UNAVAILABLE,
        "starting the embedded ZooKeeper on %s with data in %s: found %s, expected it to serve; free the port, check the directory, or name an ensemble with zookeeper.connect"
            .formatted(listens, config.dataDir(), e),
        e);
  }

  /** What clients connect to. */
  public String connectString() {
    return connectString;
  }

  @Override
  public void close() {
    server.close();
  }
}
