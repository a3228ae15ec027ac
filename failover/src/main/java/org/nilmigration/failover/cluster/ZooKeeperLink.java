package org.nilmigration.failover.cluster;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryOneTime;
import org.apache.zookeeper.KeeperException;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/** One ZooKeeper session and the sentence people read when it does not answer. */
final class ZooKeeperLink implements AutoCloseable {
  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(15);
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(3);

  private final CuratorFramework curator;
  private final String servers;

  private ZooKeeperLink(CuratorFramework curator, String servers) {
    this.curator = curator;
    this.servers = servers;
  }

  static ZooKeeperLink open(String servers, Duration sessionTimeout, String namespace) {
    CuratorFramework curator =
        CuratorFrameworkFactory.builder()
            .connectString(servers)
            .sessionTimeoutMs(Math.toIntExact(sessionTimeout.toMillis()))
            .connectionTimeoutMs(Math.toIntExact(ANSWER_WITHIN.toMillis()))
            .retryPolicy(new RetryOneTime(50))
            .namespace(namespace)
            .build();
    ZooKeeperLink link = new ZooKeeperLink(curator, servers);
    curator.start();
    link.awaitConnected();
    return link;
  }

  private void awaitConnected() {
    boolean connected = false;
    try {
      connected =
          curator.blockUntilConnected(
              Math.toIntExact(CONNECT_WITHIN.toMillis()), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!connected) {
      curator.close();
      throw new FaultException(
          FaultKind.NO_QUORUM,
          "connecting to ZooKeeper at %s: found no answer within %d s, expected a session; check that a majority of its servers runs and is reachable from here"
              .formatted(servers, CONNECT_WITHIN.toSeconds()));
    }
  }

  CuratorFramework curator() {
    return curator;
  }

  /** A request to ZooKeeper. */
  @FunctionalInterface
  interface Request<T> {
    T run() throws Exception;
  }

  /** Runs a request; anything but an answer becomes one NO_QUORUM sentence. */
  <T> T ask(String doing, Request<T> request) {
    try {
      return request.run();
    } catch (FaultException e) {
      throw e;
    } catch (Exception e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      throw new FaultException(
          FaultKind.NO_QUORUM,
          "%s failed: ZooKeeper at %s answered %s, expected it to be done; check that a majority of its servers runs"
              .formatted(doing, servers, e),
          e);
    }
  }

  /** A request whose answer says no more than that it was done. */
  @FunctionalInterface
  interface Order {
    void run() throws Exception;
  }

  /** {@link #ask} without an answer. */
  void tell(String doing, Order order) {
    ask(
        doing,
        () -> {
          order.run();
          return true;
        });
  }

  /** A znode's bytes, empty when it is not there. */
  Optional<byte[]> data(String path) throws Exception {
    try {
      return Optional.of(curator.getData().forPath(path));
    } catch (KeeperException.NoNodeException absent) {
      return Optional.empty();
    }
  }

  List<String> sortedChildren(String path) throws Exception {
    return curator.getChildren().forPath(path).stream().sorted().toList();
  }

  @Override
  public void close() {
    curator.close();
  }
}
