package org.nilmigration.failover.agent;

import java.time.Duration;
import java.util.List;
import org.nilmigration.config.FaultException;
import org.nilmigration.failover.cluster.Cluster;
import org.nilmigration.failover.cluster.Cordon;
import org.nilmigration.failover.cluster.DrainPlan;
import org.nilmigration.failover.cluster.Maintenance;
import org.nilmigration.failover.cluster.Order;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A host that is told to end drains itself first. Runs on the thread that closes the agent. */
final class DrainOnStop {
  private static final Logger LOG = LoggerFactory.getLogger(DrainOnStop.class);
  private static final Duration WITHIN = Duration.ofMinutes(5);
  private static final Duration LOOK_EVERY = Duration.ofMillis(200);

  private DrainOnStop() {}

  /** Returns when nothing is left, when all that is left is stuck, or when the time is over. */
  static void drain(Cluster cluster, String host) {
    try {
      Maintenance maintenance = cluster.maintenance();
      Order order = new Order("nild on host " + host, "it was told to end");
      var unused = maintenance.drain(host, Cordon.PARALLEL_DEFAULT, true, order);
      long until = System.nanoTime() + WITHIN.toNanos();
      List<DrainPlan.Step> left = maintenance.remaining(host);
      while (left.stream().anyMatch(DrainOnStop::leaves) && System.nanoTime() - until < 0) {
        Pause.millis(LOOK_EVERY.toMillis());
        left = maintenance.remaining(host);
      }
      if (left.isEmpty()) {
        maintenance.drained(host);
      }
      for (DrainPlan.Step step : left) {
        LOG.warn("host={} vm={} was not drained: {}", host, step.vm(), step.reason());
      }
    } catch (FaultException e) {
      LOG.warn("host={} leaves without a drain: {}", host, e.getMessage());
    }
  }

  private static boolean leaves(DrainPlan.Step step) {
    return step.phase() != DrainPlan.Phase.STUCK;
  }
}
