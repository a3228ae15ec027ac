package org.nilmigration.failover.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.failover.json.StrictJson;
import org.nilmigration.failover.placement.Placement;

/**
 * Asynchronous work that people ask for. An operation's znode is written by whoever carries it out;
 * that it is to end is said in a child of it, written once by whoever says so. Any thread; blocks
 * for a bounded time.
 */
public final class Operations {
  static final String FOLDER = "/operations";
  static final String CANCEL = "cancel";

  private final ZooKeeperLink link;
  private final Cluster cluster;

  Operations(ZooKeeperLink link, Cluster cluster) {
    this.link = link;
    this.cluster = cluster;
  }

  static String path(String id) {
    return FOLDER + "/" + id;
  }

  /**
   * Asks the guest's owner for an operation; its end is read from {@link #find}.
   *
   * @throws FaultException NO_SUCH when there is no such guest, UNAVAILABLE when it does not run;
   *     for a move, whatever {@link MovePlan} finds in its way
   */
  public Operation submit(Operation asked) {
    String vm = asked.vm();
    GuestView guest = cluster.guest(vm).orElseThrow(() -> Cluster.noSuch(vm));
    requireRunning(guest);
    if (asked.type() == OperationType.MIGRATE) {
      plan(vm, asked.to(), asked.recouple()).requireMovable();
    }
    String path =
        link.ask(
            "submitting " + asked.type() + " of guest " + vm,
            () ->
                link.curator()
                    .create()
                    .withMode(CreateMode.PERSISTENT_SEQUENTIAL)
                    .forPath(FOLDER + "/op-", StrictJson.write(asked)));
    return asked.named(Cluster.lastName(path));
  }

  private static void requireRunning(GuestView guest) {
    Placement p = guest.placement();
    if (p == null || !p.state().live()) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "guest %s: found it %s, expected it running on a host; start it first"
              .formatted(guest.name(), p == null ? "not started" : p.state()));
    }
  }

  /**
   * What a move would find, by what all hosts agreed on.
   *
   * @throws FaultException NO_SUCH when there is no such guest
   */
  public MovePlan plan(String vm, String to, boolean recouple) {
    GuestView guest = cluster.guest(vm).orElseThrow(() -> Cluster.noSuch(vm));
    return new MovePlan(
        guest,
        to,
        recouple,
        cluster.hosts(),
        cluster.maintenance().cordons(),
        cluster.pauses().find(null).orElse(null),
        cluster.guests());
  }

  public Optional<Operation> find(String id) {
    return link.ask(
        "reading operation " + id, () -> link.data(path(id)).map(json -> parse(id, json)));
  }

  /** All of them, oldest first. */
  public List<Operation> list() {
    return link.ask(
        "listing operations",
        () -> {
          List<Operation> operations = new ArrayList<>();
          for (String id : link.sortedChildren(FOLDER)) {
            find(id).ifPresent(operations::add);
          }
          return operations;
        });
  }

  /** Stores how far an operation is. For the agents that carry it out. */
  public void report(Operation operation) {
    link.tell(
        "writing operation " + operation.id(),
        () -> link.curator().setData().forPath(path(operation.id()), StrictJson.write(operation)));
  }

  /**
   * Has an operation end early. A drain ends at once; for a guest's operation its owner sees to it,
   * unless it is too late: {@link #find} says how it ended. Idempotent.
   *
   * @throws FaultException NO_SUCH, USAGE when it ended before
   */
  public Operation cancel(String id, Order order) {
    Operation operation = find(id).orElseThrow(() -> noSuch(id));
    if (operation.state().ended()) {
      throw new FaultException(
          FaultKind.USAGE,
          "operation %s: found it %s, expected it under way; there is nothing to cancel"
              .formatted(id, operation.state()));
    }
    if (operation.type() == OperationType.DRAIN) {
      return cluster.maintenance().cancel(operation, order);
    }
    link.tell(
        "cancelling operation " + id,
        () -> {
          try {
            link.curator().create().forPath(path(id) + "/" + CANCEL, StrictJson.write(order));
          } catch (KeeperException.NodeExistsException cancelledBefore) {
            // Whoever was first is named at the end.
          }
        });
    return operation;
  }

  static Operation parse(String id, byte[] json) {
    return StrictJson.read(Operation.class, json, "znode " + path(id)).named(id);
  }

  static FaultException noSuch(String id) {
    return new FaultException(
        FaultKind.NO_SUCH,
        "no operation is called '%s': GET /operations shows those that are there".formatted(id));
  }
}
