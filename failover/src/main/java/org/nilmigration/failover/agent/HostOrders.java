package org.nilmigration.failover.agent;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.nilmigration.failover.cluster.ClusterWatch;
import org.nilmigration.failover.cluster.Cordon;
import org.nilmigration.failover.cluster.HaPause;
import org.nilmigration.failover.cluster.HostRecord;
import org.nilmigration.failover.decision.Orders;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.Versioned;

/**
 * People's orders during one look of a host, with the turns that its drain still has to give. The
 * bound on guests at once needs no agreement: it is one of each owner, for its own guests. Decision
 * thread.
 */
final class HostOrders {
  private final Set<String> cordoned = new HashSet<>();
  private final Set<String> draining = new HashSet<>();
  private final Set<String> forced = new HashSet<>();
  private final Map<String, Integer> turns = new HashMap<>();
  private final String me;

  private HostOrders(String me) {
    this.me = me;
  }

  /**
   * The orders now.
   *
   * @param onTheirWay guests that are being handed over from here
   * @param pairing guests of this host that are on their way to a new standby
   */
  static HostOrders of(ClusterWatch watch, String me, int onTheirWay, int pairing) {
    HostOrders orders = new HostOrders(me);
    for (Cordon cordon : watch.cordons()) {
      orders.cordoned.add(cordon.host());
      if (cordon.draining()) {
        boolean mine = cordon.host().equals(me);
        orders.draining.add(cordon.host());
        orders.turns.put(cordon.host(), cordon.parallel() - (mine ? onTheirWay : pairing));
      }
      if (cordon.force()) {
        orders.forced.add(cordon.host());
      }
    }
    return orders;
  }

  Orders toward(ClusterWatch watch, String vm, Placement placementOrNull) {
    String pause = watch.pause(vm).map(HaPause::sentence).orElse(null);
    String leaves =
        draining.contains(me) || placementOrNull == null ? me : placementOrNull.standby();
    boolean turn = turns.getOrDefault(leaves, 1) > 0;
    return new Orders(cordoned, draining, forced, pause, turn);
  }

  /** A guest uses a turn to leave that host, as owner or as standby. */
  void taken(String left) {
    turns.computeIfPresent(left, (host, turns) -> turns - 1);
  }

  /** A drained host that has nothing left, for the one host that says so. */
  static Optional<String> emptied(ClusterWatch watch, String me) {
    boolean mine = watch.hosts().stream().map(HostRecord::host).findFirst().equals(Optional.of(me));
    return mine
        ? watch.cordons().stream()
            .filter(Cordon::draining)
            .map(Cordon::host)
            .filter(host -> watch.guests().keySet().stream().noneMatch(vm -> uses(watch, vm, host)))
            .findFirst()
        : Optional.empty();
  }

  private static boolean uses(ClusterWatch watch, String vm, String host) {
    return watch.placement(vm).map(Versioned::value).filter(p -> p.uses(host)).isPresent();
  }
}
