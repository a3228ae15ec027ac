package org.nilmigration.failover.cluster;

import org.nilmigration.config.GuestConfig;
import org.nilmigration.failover.placement.Placement;

/**
 * A guest as the cluster knows it.
 *
 * @param placement null until a host first started it
 * @param pause its own pause of HA, null while there is none
 */
public record GuestView(GuestConfig config, Desired desired, Placement placement, HaPause pause) {
  public String name() {
    return config.name();
  }
}
