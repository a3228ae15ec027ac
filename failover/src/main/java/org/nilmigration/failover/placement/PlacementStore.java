package org.nilmigration.failover.placement;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.transaction.CuratorOp;
import org.apache.curator.framework.api.transaction.CuratorTransactionResult;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.data.Stat;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * The only writer of placements. Each write names the version it replaces and may carry, in one
 * multi, a history record and the removal of an old owner's latch node.
 *
 * <p>An answer that got lost is looked up: when the znode already holds exactly what was to be
 * written, the write counts as done. An empty result means that somebody else was first; the caller
 * steps back and reads again. Blocks for a bounded time; any thread.
 */
public final class PlacementStore {
  private final CuratorFramework curator;

  public PlacementStore(CuratorFramework curator) {
    this.curator = curator;
  }

  /** What a successful write left behind; {@code historyPath} is null when none was written. */
  public record Written(Versioned<Placement> placement, String historyPath) {}

  /**
   * Companions of a placement write.
   *
   * @param history JSON text of the history record to add, null for none
   * @param latchNode full path of the latch node to remove in the same multi, null for none
   */
  public record With(String history, String latchNode) {
    public static final With NOTHING = new With(null, null);

    public static With history(String history) {
      return new With(history, null);
    }
  }

  /**
   * The placement as it is now.
   *
   * @throws FaultException NO_QUORUM when ZooKeeper does not answer
   */
  public Optional<Versioned<Placement>> read(String vm) {
    Stat stat = new Stat();
    try {
      byte[] json = curator.getData().storingStatIn(stat).forPath(path(vm));
      return Optional.of(versioned(PlacementCodec.decode(json, "znode " + path(vm)), stat));
    } catch (KeeperException.NoNodeException absent) {
      return Optional.empty();
    } catch (Exception e) {
      throw unanswered("reading", vm, e);
    }
  }

  /** Creates the first placement; empty when there is one already. */
  public Optional<Written> create(String vm, Placement placement, With with) {
    try {
      CuratorOp create =
          curator.transactionOp().create().forPath(path(vm), PlacementCodec.encode(placement));
      String history = historyPath(commit(create, with));
      Optional<Versioned<Placement>> now = read(vm);
      return now.filter(v -> v.value().equals(placement)).map(v -> new Written(v, history));
    } catch (KeeperException.NodeExistsException taken) {
      return Optional.empty();
    } catch (KeeperException.ConnectionLossException
        | KeeperException.SessionExpiredException
        | KeeperException.OperationTimeoutException e) {
      return landed(vm, placement, e);
    } catch (FaultException e) {
      throw e;
    } catch (Exception e) {
      throw unanswered("creating", vm, e);
    }
  }

  /** Replaces the placement if it still has {@code version}; empty when it has not. */
  public Optional<Written> update(String vm, int version, Placement next, With with) {
    try {
      List<CuratorTransactionResult> results = commit(setData(vm, version, next), with);
      Stat stat = results.getFirst().getResultStat();
      return Optional.of(new Written(versioned(next, stat), historyPath(results)));
    } catch (KeeperException.BadVersionException | KeeperException.NoNodeException lost) {
      return afterConflict(vm, version, next, with, lost);
    } catch (KeeperException.ConnectionLossException
        | KeeperException.SessionExpiredException
        | KeeperException.OperationTimeoutException e) {
      return landed(vm, next, e);
    } catch (FaultException e) {
      throw e;
    } catch (Exception e) {
      throw unanswered("changing", vm, e);
    }
  }

  /**
   * Does all of {@link #update} but the change, as one transaction that ZooKeeper refuses: the
   * first real one then finds code and connection warm.
   *
   * @return whether the placement still has {@code version}
   */
  public boolean rehearse(String vm, int version, Placement next, With with) {
    try {
      CuratorOp never =
          curator.transactionOp().check().withVersion(Integer.MAX_VALUE).forPath(path(vm));
      List<CuratorOp> operations = operations(setData(vm, version, next), with);
      operations.addFirst(never);
      List<CuratorTransactionResult> unused = curator.transaction().forOperations(operations);
    } catch (KeeperException.BadVersionException | KeeperException.NoNodeException refused) {
      return read(vm).filter(now -> now.version() == version).isPresent();
    } catch (Exception e) {
      throw unanswered("checking", vm, e);
    }
    throw new IllegalStateException("a placement of version " + Integer.MAX_VALUE);
  }

  private Optional<Written> afterConflict(
      String vm, int version, Placement next, With with, KeeperException conflict) {
    Optional<Versioned<Placement>> now = read(vm);
    if (now.isPresent() && now.get().version() == version && with.latchNode() != null) {
      // Not the placement but the latch node was the one that is gone: its session ended first.
      return update(vm, version, next, With.history(with.history()));
    }
    return landed(vm, next, conflict);
  }

  /** Was it our own write whose answer got lost? Only we write a placement that says the same. */
  private Optional<Written> landed(String vm, Placement wanted, KeeperException cause) {
    try {
      return read(vm).filter(now -> now.value().equals(wanted)).map(now -> new Written(now, null));
    } catch (FaultException e) {
      e.addSuppressed(cause);
      throw e;
    }
  }

  private CuratorOp setData(String vm, int version, Placement next) throws Exception {
    return curator
        .transactionOp()
        .setData()
        .withVersion(version)
        .forPath(path(vm), PlacementCodec.encode(next));
  }

  private List<CuratorTransactionResult> commit(CuratorOp first, With with) throws Exception {
    return curator.transaction().forOperations(operations(first, with));
  }

  private List<CuratorOp> operations(CuratorOp first, With with) throws Exception {
    List<CuratorOp> operations = new ArrayList<>();
    operations.add(first);
    if (with.latchNode() != null) {
      operations.add(curator.transactionOp().delete().forPath(with.latchNode()));
    }
    if (with.history() != null) {
      operations.add(
          curator
              .transactionOp()
              .create()
              .withMode(CreateMode.PERSISTENT_SEQUENTIAL)
              .forPath("/history/rec-", with.history().getBytes(StandardCharsets.UTF_8)));
    }
    return operations;
  }

  private static String historyPath(List<CuratorTransactionResult> results) {
    String last = results.getLast().getResultPath();
    return last != null && last.startsWith("/history/") ? last : null;
  }

  private static Versioned<Placement> versioned(Placement placement, Stat stat) {
    return new Versioned<>(placement, stat.getVersion(), stat.getMzxid());
  }

  private static String path(String vm) {
    return "/vms/" + vm + "/placement";
  }

  private static FaultException unanswered(String doing, String vm, Exception e) {
    if (e instanceof FaultException fault) {
      return fault;
    }
    if (e instanceof InterruptedException) {
      Thread.currentThread().interrupt();
    }
    return new FaultException(
        FaultKind.NO_QUORUM,
        "%s the placement of guest %s failed: found %s, expected an answer of ZooKeeper; check that a majority of its servers runs"
            .formatted(doing, vm, e),
        e);
  }
}
