package org.nilmigration.failover.cluster;

import org.nilmigration.config.GuestConfig;
import org.nilmigration.failover.placement.Placement;

/**
 * A guest as the cluster knows it.
 *
 * @param placement null until a host first started it
 */
public record GuestView(GuestConfig config, Desired desired, Placement placement) {
  public String name() {
    return config.name();
  }
}
