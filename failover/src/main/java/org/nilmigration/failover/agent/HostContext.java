package org.nilmigration.failover.agent;

import java.nio.file.Path;
import java.util.function.Supplier;
import org.nilmigration.failover.cluster.Cluster;
import org.nilmigration.failover.cluster.ClusterWatch;
import org.nilmigration.failover.cluster.HostRecord;
import org.nilmigration.failover.decision.TakeoverBrakes;
import org.nilmigration.failover.fencing.Fencer;

/**
 * What all guests of a host share.
 *
 * @param pairings pauses before a host is tried again as standby, by {@code GUEST HOST}
 * @param record what this host says of itself
 * @param wake makes the decision thread look again
 */
record HostContext(
    HostAgentSetup setup,
    ClusterWatch watch,
    PeerWatch peers,
    Backoff pairings,
    TakeoverBrakes brakes,
    Fencer fencer,
    Supplier<HostRecord> record,
    Runnable wake) {

  String host() {
    return setup.config().host();
  }

  long incarnation() {
    return setup.incarnation();
  }

  Cluster cluster() {
    return setup.cluster();
  }

  Path guestDirectory(String guest) {
    return setup.config().stateDir().resolve("guests").resolve(guest);
  }
}
