package org.nilmigration.failover.cluster;

import java.time.Instant;
import java.util.Objects;

/**
 * A host that gets no guest and no standby role any more, a znode under {@code orders/hosts/}. It
 * outlives the host, so that one that comes back gets nothing moved onto it unasked.
 *
 * @param draining what the host has leaves it, too
 * @param parallel guests that may be on their way out of it at once
 * @param by who asked for it
 */
public record Cordon(String host, boolean draining, int parallel, String by, Instant at) {
  public static final int PARALLEL_DEFAULT = 2;

  public Cordon {
    Objects.requireNonNull(host, "host");
    Objects.requireNonNull(by, "by");
    Objects.requireNonNull(at, "at");
  }

  Cordon settled() {
    return new Cordon(host, false, parallel, by, at);
  }
}
