package org.nilmigration.failover.cluster;

import java.time.Instant;
import java.util.Objects;

/**
 * A host that gets no guest and no standby role any more, a znode under {@code orders/hosts/}. It
 * outlives the host, so that one that comes back gets nothing moved onto it unasked.
 *
 * @param draining what the host has leaves it, too
 * @param parallel guests that may be on their way out of it at once
 * @param force guests may run unprotected for that
 * @param by who asked for it
 * @param reason why, null when nobody said
 */
public record Cordon(
    String host,
    boolean draining,
    int parallel,
    boolean force,
    String by,
    String reason,
    Instant at) {
  public static final int PARALLEL_DEFAULT = 2;
  static final int PARALLEL_MAX = 64;

  public Cordon {
    Objects.requireNonNull(host, "host");
    Objects.requireNonNull(by, "by");
    Objects.requireNonNull(at, "at");
  }

  static Cordon resting(String host, Order order, Instant at) {
    return new Cordon(host, false, PARALLEL_DEFAULT, false, order.by(), order.reason(), at);
  }

  static Cordon draining(String host, int parallel, boolean force, Order order, Instant at) {
    return new Cordon(host, true, parallel, force, order.by(), order.reason(), at);
  }

  /** The drain is over; the host stays cordoned. */
  Cordon settled() {
    return new Cordon(host, false, parallel, false, by, reason, at);
  }
}
