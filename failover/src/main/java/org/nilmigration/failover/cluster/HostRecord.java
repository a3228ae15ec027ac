package org.nilmigration.failover.cluster;

import java.util.Objects;

/**
 * A live host as it registered itself: an ephemeral znode that goes with its session.
 *
 * @param incarnation differs for each run of the host's daemon
 * @param regionUuid identity of the shared region the host has mapped
 * @param api URL of the host's REST interface
 * @param pid process id of the daemon, for people
 */
public record HostRecord(String host, long incarnation, String regionUuid, String api, long pid) {
  public HostRecord {
    Objects.requireNonNull(host, "host");
    Objects.requireNonNull(regionUuid, "regionUuid");
  }
}
