package org.nilmigration.failover.agent;

import java.util.List;
import org.nilmigration.failover.cluster.Cordon;
import org.nilmigration.failover.cluster.HaPause;

/**
 * A host as it sees itself; a snapshot.
 *
 * @param realtime its beats run with real-time priority
 * @param zookeeper ZooKeeper answers it
 * @param cordon null while the host may get guests
 * @param pause the pause of HA for all guests, null while there is none
 */
public record HostStatus(
    String host,
    long incarnation,
    boolean realtime,
    boolean zookeeper,
    String regionUuid,
    Cordon cordon,
    HaPause pause,
    List<PeerStatus> peers,
    List<GuestStatus> guests) {
  public HostStatus {
    peers = List.copyOf(peers);
    guests = List.copyOf(guests);
  }
}
