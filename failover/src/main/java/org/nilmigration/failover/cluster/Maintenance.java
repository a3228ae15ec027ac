package org.nilmigration.failover.cluster;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.curator.framework.api.transaction.CuratorOp;
import org.apache.curator.framework.api.transaction.CuratorTransactionResult;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.data.Stat;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.failover.json.StrictJson;
import org.nilmigration.failover.placement.Placement;

/**
 * What people order for hosts and for HA as a whole. Only writes down what is wanted: every owner
 * sees it and acts on its own guests, so that no run of a drain depends on one process. Each change
 * goes with a history record, both or none. Any thread; blocks for a bounded time.
 */
public final class Maintenance {
  static final String ORDERS = "/orders";
  static final String HOSTS = ORDERS + "/hosts";
  static final String PAUSE = ORDERS + "/pause";
  private static final int PARALLEL_MAX = 64;
  private static final int ATTEMPTS_MAX = 20;

  private final ZooKeeperLink link;
  private final Cluster cluster;

  Maintenance(ZooKeeperLink link, Cluster cluster) {
    this.link = link;
    this.cluster = cluster;
  }

  private record Held(Cordon cordon, int version) {}

  /** The cordoned hosts by name. */
  public List<Cordon> cordons() {
    return link.ask(
        "listing cordoned hosts",
        () -> {
          List<Cordon> cordons = new ArrayList<>();
          for (String host : link.sortedChildren(HOSTS)) {
            Held held = held(host);
            if (held != null) {
              cordons.add(held.cordon());
            }
          }
          return cordons;
        });
  }

  /**
   * The host gets nothing new. Idempotent; a host that is being drained stays so.
   *
   * @throws FaultException NO_SUCH
   */
  public void cordon(String host, String by) {
    requireKnown(host);
    untilWritten(
        "cordoning host " + host,
        () -> {
          Held before = held(host);
          if (before != null) {
            return Optional.of(before.cordon());
          }
          Cordon cordon = new Cordon(host, false, Cordon.PARALLEL_DEFAULT, by, now());
          HistoryRecord record = record(HistoryKind.CORDONED, host, "is cordoned", by);
          return commit(put(null, cordon), history(record)).map(done -> cordon);
        });
  }

  /**
   * The host may get guests again; a drain ends with it. Idempotent.
   *
   * @throws FaultException NO_SUCH
   */
  public void uncordon(String host, String by) {
    requireKnown(host);
    untilWritten(
        "uncordoning host " + host,
        () -> {
          Held before = held(host);
          if (before == null) {
            return Optional.of(host);
          }
          List<CuratorOp> changes = endDrains(host, OperationState.CANCELLED, "uncordoned by ", by);
          changes.add(
              link.curator()
                  .transactionOp()
                  .delete()
                  .withVersion(before.version())
                  .forPath(HOSTS + "/" + host));
          changes.add(history(record(HistoryKind.UNCORDONED, host, "is uncordoned", by)));
          return commit(changes).map(done -> host);
        });
  }

  /**
   * Cordons the host and has everything leave it. Asked again, it goes on with the drain under way.
   *
   * @return the operation, which ends when nothing is left there
   * @throws FaultException NO_SUCH, USAGE for a wrong parallel, UNAVAILABLE when HA is paused or
   *     when no other host could take a guest
   */
  public Operation drain(String host, int parallel, String by) {
    requireKnown(host);
    requireDrainable(host, parallel);
    return untilWritten("draining host " + host, () -> drainOnce(host, parallel, by));
  }

  private Optional<Operation> drainOnce(String host, int parallel, String by) throws Exception {
    Held before = held(host);
    Cordon next = new Cordon(host, true, parallel, by, now());
    Optional<Operation> open = openDrains(host).stream().findFirst();
    if (before != null && before.cordon().draining() && open.isPresent()) {
      return before.cordon().parallel() == parallel
          ? open
          : commit(put(before, next)).map(done -> open.get());
    }
    Operation operation = Operation.draining(host);
    CuratorOp create =
        link.curator()
            .transactionOp()
            .create()
            .withMode(CreateMode.PERSISTENT_SEQUENTIAL)
            .forPath("/operations/op-", StrictJson.write(operation));
    HistoryRecord record = record(HistoryKind.DRAIN, host, "is drained", by);
    return commit(create, put(before, next), history(record))
        .map(done -> operation.named(Cluster.lastName(done.getFirst().getResultPath())));
  }

  /**
   * Ends a drain; what has left stays where it is, and the host stays cordoned.
   *
   * @throws FaultException NO_SUCH, USAGE when it ended before, UNAVAILABLE for another type
   */
  public Operation cancel(String id, String by) {
    return untilWritten(
        "cancelling operation " + id,
        () -> {
          Operation operation =
              cluster.operation(id).orElseThrow(() -> Cluster.noSuchOperation(id));
          requireCancellable(operation);
          Held before = held(operation.host());
          List<CuratorOp> changes =
              endDrains(operation.host(), OperationState.CANCELLED, "cancelled by ", by);
          if (before != null) {
            changes.add(put(before, before.cordon().settled()));
          }
          changes.add(
              history(record(HistoryKind.DRAIN, operation.host(), "is not drained further", by)));
          return commit(changes).flatMap(done -> cluster.operation(id));
        });
  }

  /** Says that a drain is done, unless something is left there after all. For the agents. */
  public void drained(String host) {
    untilWritten(
        "ending the drain of host " + host,
        () -> {
          Held before = held(host);
          if (before == null || !before.cordon().draining() || uses(host)) {
            return Optional.of(host);
          }
          List<CuratorOp> changes =
              endDrains(host, OperationState.DONE, "host " + host + " is empty and cordoned", "");
          changes.add(put(before, before.cordon().settled()));
          changes.add(history(record(HistoryKind.DRAINED, host, "is empty", before.cordon().by())));
          return commit(changes).map(done -> host);
        });
  }

  /**
   * The pause that is in force.
   *
   * @param vm null asks for the one of all guests
   */
  public Optional<HaPause> pause(String vm) {
    String path = pausePath(vm);
    return link.ask(
        "reading " + path,
        () -> link.data(path).map(json -> StrictJson.read(HaPause.class, json, "znode " + path)));
  }

  /**
   * Hosts change no owner and no standby by themselves from now on. Idempotent.
   *
   * @param vm null for all guests
   * @throws FaultException NO_SUCH
   */
  public void pause(String vm, String by) {
    requireGuest(vm);
    untilWritten(
        "pausing HA",
        () -> {
          if (pause(vm).isPresent()) {
            return Optional.of(vm == null);
          }
          byte[] json = StrictJson.write(new HaPause(vm, by, now()));
          CuratorOp create = link.curator().transactionOp().create().forPath(pausePath(vm), json);
          return commit(create, history(pauseRecord(HistoryKind.PAUSED, vm, "paused", by)))
              .map(done -> true);
        });
  }

  /**
   * Ends a pause. Idempotent.
   *
   * @param vm null for that of all guests
   * @throws FaultException NO_SUCH
   */
  public void resume(String vm, String by) {
    requireGuest(vm);
    untilWritten(
        "resuming HA",
        () -> {
          if (pause(vm).isEmpty()) {
            return Optional.of(vm == null);
          }
          CuratorOp delete = link.curator().transactionOp().delete().forPath(pausePath(vm));
          return commit(delete, history(pauseRecord(HistoryKind.RESUMED, vm, "resumed", by)))
              .map(done -> true);
        });
  }

  private static String pausePath(String vm) {
    return vm == null ? PAUSE : "/vms/" + vm + "/pause";
  }

  private Held held(String host) throws Exception {
    String path = HOSTS + "/" + host;
    Stat stat = new Stat();
    try {
      byte[] json = link.curator().getData().storingStatIn(stat).forPath(path);
      return new Held(StrictJson.read(Cordon.class, json, "znode " + path), stat.getVersion());
    } catch (KeeperException.NoNodeException open) {
      return null;
    }
  }

  private CuratorOp put(Held before, Cordon next) throws Exception {
    String path = HOSTS + "/" + next.host();
    byte[] json = StrictJson.write(next);
    return before == null
        ? link.curator().transactionOp().create().forPath(path, json)
        : link.curator()
            .transactionOp()
            .setData()
            .withVersion(before.version())
            .forPath(path, json);
  }

  private CuratorOp history(HistoryRecord record) throws Exception {
    return link.curator()
        .transactionOp()
        .create()
        .withMode(CreateMode.PERSISTENT_SEQUENTIAL)
        .forPath("/history/rec-", StrictJson.text(record).getBytes(StandardCharsets.UTF_8));
  }

  private List<Operation> openDrains(String host) {
    return cluster.operations().stream()
        .filter(o -> o.type() == OperationType.DRAIN && host.equals(o.host()))
        .filter(o -> !o.state().ended())
        .toList();
  }

  private List<CuratorOp> endDrains(String host, OperationState state, String how, String by)
      throws Exception {
    List<CuratorOp> changes = new ArrayList<>();
    for (Operation open : openDrains(host)) {
      Operation ended =
          state == OperationState.DONE ? open.done(how, null) : open.cancelled(how + by);
      changes.add(
          link.curator()
              .transactionOp()
              .setData()
              .forPath("/operations/" + open.id(), StrictJson.write(ended)));
    }
    return changes;
  }

  private Optional<List<CuratorTransactionResult>> commit(CuratorOp... changes) throws Exception {
    return commit(List.of(changes));
  }

  /** Empty when somebody else was first. */
  private Optional<List<CuratorTransactionResult>> commit(List<CuratorOp> changes)
      throws Exception {
    try {
      return Optional.of(link.curator().transaction().forOperations(changes));
    } catch (KeeperException.BadVersionException
        | KeeperException.NodeExistsException
        | KeeperException.NoNodeException overtaken) {
      return Optional.empty();
    }
  }

  private <T> T untilWritten(String doing, ZooKeeperLink.Request<Optional<T>> attempt) {
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

  private boolean uses(String host) {
    return cluster.guests().stream()
        .map(GuestView::placement)
        .anyMatch(p -> p != null && p.uses(host));
  }

  private void requireKnown(String host) {
    Set<String> known = new TreeSet<>();
    cluster.hosts().forEach(record -> known.add(record.host()));
    cordons().forEach(cordon -> known.add(cordon.host()));
    for (GuestView guest : cluster.guests()) {
      Placement p = guest.placement();
      if (p != null && p.uses(host)) {
        known.add(host);
      }
    }
    if (!known.contains(host)) {
      throw new FaultException(
          FaultKind.NO_SUCH,
          "host %s: found no such host, expected one of %s; see 'nilctl host list'"
              .formatted(host, String.join(", ", known)));
    }
  }

  private void requireDrainable(String host, int parallel) {
    if (parallel < 1 || parallel > PARALLEL_MAX) {
      throw new FaultException(
          FaultKind.USAGE,
          "draining host %s: found parallel %d, expected 1 to %d; correct it"
              .formatted(host, parallel, PARALLEL_MAX));
    }
    Optional<HaPause> pause = pause(null);
    if (pause.isPresent()) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "host %s is not drained: %s, and a drain chooses new standbys; resume HA, then drain again"
              .formatted(host, pause.get().sentence()));
    }
    Set<String> others = new TreeSet<>();
    cluster.hosts().forEach(record -> others.add(record.host()));
    cordons().forEach(cordon -> others.remove(cordon.host()));
    others.remove(host);
    if (others.isEmpty()) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "host %s is not drained: found no other host that is registered and not cordoned, expected one for what it has; start or uncordon another host, or stop the guests"
              .formatted(host));
    }
  }

  private void requireGuest(String vm) {
    if (vm != null && cluster.guest(vm).isEmpty()) {
      throw Cluster.noSuch(vm);
    }
  }

  private static void requireCancellable(Operation operation) {
    if (operation.type() != OperationType.DRAIN) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "operation %s: found a %s, expected a DRAIN, which alone can be cancelled; wait for its end"
              .formatted(operation.id(), operation.type()));
    }
    if (operation.state().ended()) {
      throw new FaultException(
          FaultKind.USAGE,
          "operation %s: found it %s, expected it under way; there is nothing to cancel"
              .formatted(operation.id(), operation.state()));
    }
  }

  private static HistoryRecord record(HistoryKind kind, String host, String what, String by) {
    return HistoryRecord.of(
        kind, null, host, null, 0, "host %s %s, by %s".formatted(host, what, by));
  }

  private static HistoryRecord pauseRecord(HistoryKind kind, String vm, String what, String by) {
    String of = vm == null ? "" : " of guest " + vm;
    return HistoryRecord.of(kind, vm, null, null, 0, "HA%s is %s, by %s".formatted(of, what, by));
  }

  private static Instant now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS);
  }
}
