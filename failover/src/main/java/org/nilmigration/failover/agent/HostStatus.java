package org.nilmigration.failover.agent;

import java.util.List;

/**
 * A host as it sees itself; a snapshot.
 *
 * @param realtime its beats run with real-time priority
 * @param zookeeper ZooKeeper answers it
 */
public record HostStatus(
    String host,
    long incarnation,
    boolean realtime,
    boolean zookeeper,
    String regionUuid,
    List<PeerStatus> peers,
    List<GuestStatus> guests) {
  public HostStatus {
    peers = List.copyOf(peers);
    guests = List.copyOf(guests);
  }
}
