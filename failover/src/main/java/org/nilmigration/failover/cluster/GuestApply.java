package org.nilmigration.failover.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.transaction.CuratorOp;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.nilmigration.config.ConfigFiles;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.failover.json.StrictJson;
import org.nilmigration.failover.placement.Placement;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates and changes guests. A guest is judged against all others, so each write also changes the
 * version of {@code /vms}, and one that was judged before another landed is judged again.
 */
final class GuestApply {
  private static final Logger LOG = LoggerFactory.getLogger(GuestApply.class);
  private static final int ATTEMPTS_MAX = 50;
  private static final String VMS = "/vms";

  private final ZooKeeperLink link;
  private final Cluster cluster;

  GuestApply(ZooKeeperLink link, Cluster cluster) {
    this.link = link;
    this.cluster = cluster;
  }

  void apply(GuestConfig guest, boolean force) {
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      if (link.ask("applying guest " + guest.name(), () -> judgeAndWrite(guest, force))) {
        return;
      }
    }
    throw new FaultException(
        FaultKind.TRY_AGAIN,
        "guest %s: found other guests applied at the same time, %d times in a row, expected a quieter moment; apply it again"
            .formatted(guest.name(), ATTEMPTS_MAX));
  }

  /** False when another guest was applied meanwhile. */
  private boolean judgeAndWrite(GuestConfig guest, boolean force) throws Exception {
    int version = link.curator().checkExists().forPath(VMS).getVersion();
    Optional<GuestView> before = cluster.guest(guest.name());
    before.ifPresent(now -> ApplyRules.requireStoppedForChange(now, guest));
    if (!guest.network().nics().isEmpty()) {
      ApplyRules.requireOwnNames(guest, others(guest));
    }
    boolean unsafe = ApplyRules.turnsUnsafe(before.map(GuestView::config).orElse(null), guest);
    if (unsafe && !force) {
      throw ApplyRules.unsafe(guest);
    }
    boolean written = write(guest, before, version, unsafe);
    if (written && unsafe) {
      LOG.warn(
          "vm={} output=immediate was forced: a takeover undoes what others have already seen",
          guest.name());
    }
    return written;
  }

  private List<GuestConfig> others(GuestConfig guest) {
    return cluster.guests().stream()
        .map(GuestView::config)
        .filter(other -> !other.name().equals(guest.name()))
        .toList();
  }

  private boolean write(GuestConfig guest, Optional<GuestView> before, int version, boolean unsafe)
      throws Exception {
    CuratorFramework curator = link.curator();
    String path = VMS + "/" + guest.name() + "/spec";
    Desired desired = before.map(GuestView::desired).orElse(Desired.RUNNING);
    byte[] spec = StrictJson.write(new GuestSpec(ConfigFiles.toYaml(guest), desired));
    List<CuratorOp> operations = new ArrayList<>();
    operations.add(
        curator.transactionOp().setData().withVersion(version).forPath(VMS, new byte[0]));
    if (before.isPresent()) {
      operations.add(curator.transactionOp().setData().forPath(path, spec));
    } else {
      cluster.ensure(VMS + "/" + guest.name());
      operations.add(curator.transactionOp().create().forPath(path, spec));
    }
    if (unsafe) {
      byte[] record = StrictJson.write(forced(guest, before));
      operations.add(
          curator
              .transactionOp()
              .create()
              .withMode(CreateMode.PERSISTENT_SEQUENTIAL)
              .forPath("/history/rec-", record));
    }
    try {
      curator.transaction().forOperations(operations);
      return true;
    } catch (KeeperException.BadVersionException
        | KeeperException.NodeExistsException
        | KeeperException.NoNodeException overtaken) {
      LOG.debug("vm={} another guest was applied meanwhile: judging it again", guest.name());
      return false;
    }
  }

  private static HistoryRecord forced(GuestConfig guest, Optional<GuestView> before) {
    long generation = before.map(GuestView::placement).map(Placement::generation).orElse(0L);
    return HistoryRecord.of(
        HistoryKind.FORCED,
        guest.name(),
        null,
        null,
        generation,
        "output: immediate without a fence agent was accepted with --force");
  }
}
