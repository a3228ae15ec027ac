package org.nilmigration.failover.cluster;

import java.util.List;
import java.util.Objects;
import org.nilmigration.migration.hypervisor.HypervisorTraits;

/**
 * A live host as it registered itself: an ephemeral znode that goes with its session.
 *
 * @param incarnation differs for each run of the host's daemon
 * @param regionUuid identity of the shared region the host has mapped
 * @param api URL of the host's REST interface
 * @param pid process id of the daemon, for people
 * @param memoryBytes how much guest memory the host means to take, 0 = any amount
 * @param watchdogMillis after so long a watchdog resets the host when its daemon hangs, 0 = none
 * @param traits what its guests are made of
 * @param keeps guests of an earlier run whose processes still run here, sorted: this run goes on
 *     with them, or kills them
 */
public record HostRecord(
    String host,
    long incarnation,
    String regionUuid,
    String api,
    long pid,
    long memoryBytes,
    long watchdogMillis,
    HypervisorTraits traits,
    List<String> keeps) {
  public HostRecord {
    Objects.requireNonNull(host, "host");
    Objects.requireNonNull(regionUuid, "regionUuid");
    Objects.requireNonNull(traits, "traits");
    keeps = List.copyOf(keeps);
  }

  /** The same run of the host, changed meanwhile. */
  public HostRecord with(HypervisorTraits traitsNow, List<String> keepsNow) {
    return new HostRecord(
        host, incarnation, regionUuid, api, pid, memoryBytes, watchdogMillis, traitsNow, keepsNow);
  }
}
