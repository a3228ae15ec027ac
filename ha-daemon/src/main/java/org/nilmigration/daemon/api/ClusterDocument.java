package org.nilmigration.daemon.api;

/**
 * The cluster as the answering host sees it.
 *
 * @param cluster name of the cluster
 * @param host the host that answers
 * @param version version of its daemon
 * @param regionUuid identity of the shared memory region
 * @param realtime whether the host's heartbeat thread has real-time priority
 * @param hosts number of hosts with a ZooKeeper session
 * @param guests number of guests
 * @param running guests that run
 * @param protectedGuests guests that a standby could take over now
 * @param cordonedHosts hosts that get nothing new
 * @param pausedGuests guests for which HA is paused
 * @param pause the pause of HA for all guests, null while there is none
 */
public record ClusterDocument(
    String cluster,
    String host,
    String version,
    String regionUuid,
    boolean realtime,
    int hosts,
    int guests,
    int running,
    int protectedGuests,
    int cordonedHosts,
    int pausedGuests,
    PauseDocument pause) {}
