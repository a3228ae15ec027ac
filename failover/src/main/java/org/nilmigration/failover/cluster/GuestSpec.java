package org.nilmigration.failover.cluster;

import java.util.Objects;

/** JSON of {@code vms/NAME/spec}: the guest's YAML document and what is wanted of it. */
record GuestSpec(String config, Desired desired) {
  GuestSpec {
    Objects.requireNonNull(config, "config");
    Objects.requireNonNull(desired, "desired");
  }
}
