package org.nilmigration.failover.cluster;

import java.util.List;
import org.nilmigration.config.Accelerator;
import org.nilmigration.migration.hypervisor.HypervisorTraits;

/** Registered hosts for tests. */
public final class Hosts {
  public static final HypervisorTraits TRAITS =
      new HypervisorTraits("7.2", Accelerator.TCG, "one processor", List.of("br0"));

  private Hosts() {}

  static HostRecord host(String name) {
    return host(name, "region", 0, TRAITS);
  }

  static HostRecord host(String name, String region, long memoryBytes, HypervisorTraits traits) {
    return new HostRecord(name, 1, region, "none", 1, memoryBytes, 0, traits, List.of());
  }
}
