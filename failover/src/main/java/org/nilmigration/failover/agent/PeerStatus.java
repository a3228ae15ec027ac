package org.nilmigration.failover.agent;

import org.nilmigration.heartbeat.RegionVerdict;

/**
 * Another host as this one sees it, by both channels.
 *
 * @param registered its ZooKeeper session lives
 * @param verdict what its beats in the region say
 */
public record PeerStatus(
    String host, long incarnation, boolean registered, RegionVerdict verdict) {}
