package org.nilmigration.failover.cluster;

import java.time.Instant;
import java.util.Objects;

/**
 * Hosts do not change an owner or a standby by themselves while this znode is there: {@code
 * orders/pause} for all guests, {@code vms/NAME/pause} for one.
 *
 * @param vm the guest, null for all
 * @param by who asked for it
 * @param reason why, null when nobody said
 */
public record HaPause(String vm, String by, String reason, Instant at) {
  public HaPause {
    Objects.requireNonNull(by, "by");
    Objects.requireNonNull(at, "at");
  }

  /** What is so, and what ends it. */
  public String sentence() {
    return "HA of %s is paused since %s until '%s' (%s)"
        .formatted(
            vm == null ? "all guests" : "guest " + vm, at, remedy(), Order.signature(by, reason));
  }

  public String remedy() {
    return vm == null ? "nilctl resume" : "nilctl resume " + vm;
  }
}
