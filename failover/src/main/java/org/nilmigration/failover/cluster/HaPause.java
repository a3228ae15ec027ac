package org.nilmigration.failover.cluster;

import java.time.Instant;
import java.util.Objects;

/**
 * Hosts do not change an owner or a standby by themselves while this znode is there: {@code
 * orders/pause} for all guests, {@code vms/NAME/pause} for one.
 *
 * @param vm the guest, null for all
 * @param by who asked for it
 */
public record HaPause(String vm, String by, Instant at) {
  public HaPause {
    Objects.requireNonNull(by, "by");
    Objects.requireNonNull(at, "at");
  }

  /** What is so, and what ends it. */
  public String sentence() {
    return "HA%s is paused by %s since %s until '%s'"
        .formatted(vm == null ? "" : " of guest " + vm, by, at, remedy());
  }

  public String remedy() {
    return vm == null ? "nilctl resume" : "nilctl vm resume-ha " + vm;
  }
}
