package org.nilmigration.failover.agent;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.nilmigration.failover.cluster.ClusterWatch;
import org.nilmigration.failover.cluster.Cordon;
import org.nilmigration.failover.cluster.HaPause;
import org.nilmigration.failover.cluster.HostRecord;
import org.nilmigration.failover.decision.Orders;
import org.nilmigration.failover.placement.Versioned;

/**
 * People's orders during one look of a host, with the turns that its drain still has to give. The
 * bound on guests at once needs no agreement: a host drains its own. Decision thread.
 */
final class HostOrders {
  private final Set<String> cordoned = new HashSet<>();
  private final Set<String> draining = new HashSet<>();
  private int turns;

  private HostOrders() {}

  /**
   * The orders now.
   *
   * @param onTheirWay guests that are being handed over from here
   */
  static HostOrders of(ClusterWatch watch, String me, int onTheirWay) {
    HostOrders orders = new HostOrders();
    for (Cordon cordon : watch.cordons()) {
      orders.cordoned.add(cordon.host());
      if (cordon.draining()) {
        orders.draining.add(cordon.host());
      }
      if (cordon.host().equals(me)) {
        orders.turns = cordon.parallel() - onTheirWay;
      }
    }
    return orders;
  }

  Orders toward(ClusterWatch watch, String vm) {
    String pause = watch.pause(vm).map(HaPause::sentence).orElse(null);
    return new Orders(cordoned, draining, pause, turns > 0);
  }

  /** A guest used a turn. */
  void taken() {
    turns--;
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
