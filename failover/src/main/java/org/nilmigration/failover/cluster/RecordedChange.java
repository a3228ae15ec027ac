package org.nilmigration.failover.cluster;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.transaction.CuratorOp;
import org.apache.curator.framework.api.transaction.CuratorTransactionResult;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.failover.json.StrictJson;

/** Writes what people ordered together with its history record: both or none. Any thread. */
final class RecordedChange {
  private static final int ATTEMPTS_MAX = 20;

  private final ZooKeeperLink link;

  RecordedChange(ZooKeeperLink link) {
    this.link = link;
  }

  /**
   * Looks and writes again until nobody else was first.
   *
   * @param attempt empty when somebody else was
   */
  <T> T untilWritten(String doing, ZooKeeperLink.Request<Optional<T>> attempt) {
    for (int i = 0; i < ATTEMPTS_MAX; i++) {
      Optional<T> written = link.ask(doing, attempt);
      if (written.isPresent()) {
        return written.get();
      }
    }
    throw new FaultException(
        FaultKind.TRY_AGAIN,
        "%s: found others changing the same %d times in a row, expected a quieter moment; try again"
            .formatted(doing, ATTEMPTS_MAX));
  }

  /** Empty when somebody else was first. */
  Optional<List<CuratorTransactionResult>> commit(HistoryRecord record, List<CuratorOp> changes)
      throws Exception {
    List<CuratorOp> all = new ArrayList<>(changes);
    all.add(append("/history/rec-", record));
    try {
      return Optional.of(curator().transaction().forOperations(all));
    } catch (KeeperException.BadVersionException
        | KeeperException.NodeExistsException
        | KeeperException.NoNodeException overtaken) {
      return Optional.empty();
    }
  }

  CuratorOp create(String path, Record value) throws Exception {
    return curator().transactionOp().create().forPath(path, StrictJson.write(value));
  }

  CuratorOp append(String path, Record value) throws Exception {
    return curator()
        .transactionOp()
        .create()
        .withMode(CreateMode.PERSISTENT_SEQUENTIAL)
        .forPath(path, StrictJson.write(value));
  }

  /**
   * Replaces a znode's value.
   *
   * @param version -1 for any
   */
  CuratorOp set(String path, int version, Record value) throws Exception {
    return curator()
        .transactionOp()
        .setData()
        .withVersion(version)
        .forPath(path, StrictJson.write(value));
  }

  CuratorOp delete(String path, int version) throws Exception {
    return curator().transactionOp().delete().withVersion(version).forPath(path);
  }

  static Instant now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS);
  }

  private CuratorFramework curator() {
    return link.curator();
  }
}
