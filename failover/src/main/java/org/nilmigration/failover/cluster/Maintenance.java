package org.nilmigration.failover.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.curator.framework.api.transaction.CuratorOp;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.data.Stat;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.failover.json.StrictJson;
import org.nilmigration.failover.placement.Placement;

/**
 * What people order for hosts: cordon, uncordon, drain. Only writes down what is wanted: every
 * owner sees it and acts on its own guests, so that no run of a drain depends on one process. Any
 * thread; blocks for a bounded time.
 */
public final class Maintenance {
  static final String ORDERS = "/orders";
  static final String HOSTS = ORDERS + "/hosts";

  private final ZooKeeperLink link;
  private final Cluster cluster;
  private final RecordedChange change;

  Maintenance(ZooKeeperLink link, Cluster cluster) {
    this.link = link;
    this.cluster = cluster;
    this.change = new RecordedChange(link);
  }

  private record Held(Cordon cordon, int version) {}

  /** The cordoned hosts by name. */
  public List<Cordon> cordons() {
    return link.ask(
        "listing cordoned hosts",
        () -> {
          List<Cordon> cordons = new ArrayList<>();
          for (String host : link.sortedChildren(HOSTS)) {
            held(host).ifPresent(held -> cordons.add(held.cordon()));
          }
          return cordons;
        });
  }

  /** What a drain of the host has left to do. */
  public List<DrainPlan.Step> remaining(String host) {
    return plan(host).steps(cluster.guests());
  }

  private DrainPlan plan(String host) {
    return new DrainPlan(
        host, cluster.hosts(), cordons(), cluster.pauses().find(null).orElse(null));
  }

  /**
   * The host gets nothing new. Idempotent; a host that is being drained stays so.
   *
   * @throws FaultException NO_SUCH
   */
  public Cordon cordon(String host, Order order) {
    requireKnown(host);
    return change.untilWritten(
        "cordoning host " + host,
        () -> {
          Optional<Held> before = held(host);
          if (before.isPresent()) {
            return before.map(Held::cordon);
          }
          Cordon cordon = Cordon.resting(host, order, RecordedChange.now());
          HistoryRecord record = record(HistoryKind.CORDONED, host, "is cordoned", order);
          return change.commit(record, List.of(put(before, cordon))).map(done -> cordon);
        });
  }

  /**
   * The host may get guests again; a drain ends with it. Idempotent.
   *
   * @throws FaultException NO_SUCH
   */
  public void uncordon(String host, Order order) {
    requireKnown(host);
    String unused =
        change.untilWritten(
            "uncordoning host " + host,
            () -> {
              Optional<Held> before = held(host);
              if (before.isEmpty()) {
                return Optional.of(host);
              }
              List<CuratorOp> changes = new ArrayList<>();
              for (Operation open : openDrains(host)) {
                changes.add(end(open.cancelled("uncordoned " + order.signature())));
              }
              changes.add(change.delete(path(host), before.get().version()));
              HistoryRecord record = record(HistoryKind.UNCORDONED, host, "is uncordoned", order);
              return change.commit(record, changes).map(done -> host);
            });
  }

  /**
   * Cordons the host and has everything leave it. Asked again, it goes on with the drain under way.
   *
   * @param force accepts that guests run unprotected afterwards; without it, what only this host
   *     can protect stays
   * @return the operation, which ends when nothing is left there
   * @throws FaultException NO_SUCH, USAGE for a wrong parallel, UNAVAILABLE when HA is paused or
   *     when no other host could take a guest, UNSAFE when guests would run unprotected
   */
  public Operation drain(String host, int parallel, boolean force, Order order) {
    requireKnown(host);
    plan(host).requireDrainable(parallel, force, cluster.guests());
    String asked = force ? "is drained by force" : "is drained";
    return change.untilWritten(
        "draining host " + host,
        () -> {
          Optional<Held> before = held(host);
          Cordon next = Cordon.draining(host, parallel, force, order, RecordedChange.now());
          HistoryRecord record = record(HistoryKind.DRAIN, host, asked, order);
          Optional<Operation> open = openDrains(host).stream().findFirst();
          if (before.filter(held -> held.cordon().draining()).isEmpty() || open.isEmpty()) {
            Operation operation = Operation.draining(host);
            CuratorOp create = change.append(Operations.FOLDER + "/op-", operation);
            return change
                .commit(record, List.of(create, put(before, next)))
                .map(done -> operation.named(Cluster.lastName(done.getFirst().getResultPath())));
          }
          Cordon cordon = before.get().cordon();
          return cordon.parallel() == parallel && cordon.force() == force
              ? open
              : change.commit(record, List.of(put(before, next))).map(done -> open.get());
        });
  }

  /** Ends a drain; what has left stays where it is, and the host stays cordoned. */
  Operation cancel(Operation operation, Order order) {
    return change.untilWritten(
        "cancelling operation " + operation.id(),
        () -> {
          Operation ended = operation.cancelled("cancelled " + order.signature());
          List<CuratorOp> changes = new ArrayList<>(List.of(end(ended)));
          Optional<Held> before = held(operation.host());
          if (before.isPresent()) {
            changes.add(put(before, before.get().cordon().settled()));
          }
          HistoryRecord record =
              record(HistoryKind.DRAIN, operation.host(), "is not drained further", order);
          return change.commit(record, changes).map(done -> ended);
        });
  }

  /** Says that a drain is done, unless something is left there after all. For the agents. */
  public void drained(String host) {
    String unused =
        change.untilWritten(
            "ending the drain of host " + host,
            () -> {
              Optional<Held> before = held(host).filter(held -> held.cordon().draining());
              if (before.isEmpty() || uses(host)) {
                return Optional.of(host);
              }
              Cordon cordon = before.get().cordon();
              List<CuratorOp> changes = new ArrayList<>();
              for (Operation open : openDrains(host)) {
                changes.add(end(open.done("host " + host + " is empty and cordoned", null)));
              }
              changes.add(put(before, cordon.settled()));
              Order order = new Order(cordon.by(), cordon.reason());
              HistoryRecord record = record(HistoryKind.DRAINED, host, "is empty", order);
              return change.commit(record, changes).map(done -> host);
            });
  }

  private static String path(String host) {
    return HOSTS + "/" + host;
  }

  private Optional<Held> held(String host) throws Exception {
    Stat stat = new Stat();
    try {
      byte[] json = link.curator().getData().storingStatIn(stat).forPath(path(host));
      Cordon cordon = StrictJson.read(Cordon.class, json, "znode " + path(host));
      return Optional.of(new Held(cordon, stat.getVersion()));
    } catch (KeeperException.NoNodeException open) {
      return Optional.empty();
    }
  }

  private CuratorOp put(Optional<Held> before, Cordon next) throws Exception {
    String path = path(next.host());
    return before.isEmpty()
        ? change.create(path, next)
        : change.set(path, before.get().version(), next);
  }

  /** Not versioned: every end of a drain also changes its versioned cordon. */
  private CuratorOp end(Operation ended) throws Exception {
    return change.set(Operations.path(ended.id()), -1, ended);
  }

  private List<Operation> openDrains(String host) {
    return cluster.operations().list().stream()
        .filter(o -> o.type() == OperationType.DRAIN && host.equals(o.host()))
        .filter(o -> !o.state().ended())
        .toList();
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

  private static HistoryRecord record(HistoryKind kind, String host, String what, Order order) {
    return HistoryRecord.of(
        kind, null, host, null, 0, "host %s %s, %s".formatted(host, what, order.signature()));
  }
}
