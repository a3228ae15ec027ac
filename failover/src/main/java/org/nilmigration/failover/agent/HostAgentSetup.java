package org.nilmigration.failover.agent;

import java.util.List;
import java.util.Objects;
import org.nilmigration.checkpoint.numa.MoveMechanism;
import org.nilmigration.checkpoint.region.LocalMemory;
import org.nilmigration.checkpoint.region.Region;
import org.nilmigration.config.HostConfig;
import org.nilmigration.failover.cluster.Cluster;
import org.nilmigration.failover.cluster.HostRecord;
import org.nilmigration.migration.hypervisor.Hypervisor;

/**
 * What a host agent works with. Region, local memory, hypervisor and cluster stay the caller's, who
 * closes them after the agent.
 *
 * @param local this host's own memory for guests
 * @param mechanism how a guest's memory moves between the two
 * @param incarnation greater than that of any earlier run on this host
 * @param apiUrl where other hosts and people reach this host's REST interface
 */
public record HostAgentSetup(
    HostConfig config,
    Region region,
    LocalMemory local,
    MoveMechanism mechanism,
    Hypervisor hypervisor,
    Cluster cluster,
    long incarnation,
    String apiUrl) {
  public HostAgentSetup {
    Objects.requireNonNull(config, "config");
    Objects.requireNonNull(region, "region");
    Objects.requireNonNull(local, "local");
    Objects.requireNonNull(mechanism, "mechanism");
    Objects.requireNonNull(hypervisor, "hypervisor");
    Objects.requireNonNull(cluster, "cluster");
    Objects.requireNonNull(apiUrl, "apiUrl");
  }

  /**
   * What the host says of itself as it registers.
   *
   * @param keeps guests that an earlier run left
   */
  HostRecord record(List<String> keeps) {
    return new HostRecord(
        config.host(),
        incarnation,
        region.uuid().toString(),
        apiUrl,
        ProcessHandle.current().pid(),
        config.memory().capacity() == null ? 0 : config.memory().capacity().bytes(),
        config.watchdog() == null ? 0 : config.watchdog().timeout().toMillis(),
        hypervisor.traits(),
        keeps);
  }
}
