package org.nilmigration.failover.agent;

import org.nilmigration.failover.cluster.Cluster;
import org.nilmigration.failover.fencing.Fencer;

/** Keeps in ZooKeeper what this host's fence agents did. */
record FenceOutcomes(Cluster cluster, String host) implements Fencer.Outcomes {
  @Override
  public void fenced(String fenced, long incarnation, String agent) {
    cluster.fencing().fenced(fenced, incarnation, agent, host);
  }

  @Override
  public void failed(String on, String reason) {
    cluster.fencing().failed(on, reason);
  }
}
