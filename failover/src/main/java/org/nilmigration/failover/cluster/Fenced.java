package org.nilmigration.failover.cluster;

import java.time.Instant;
import java.util.Objects;

/**
 * A run of a host that is off for certain, a znode under {@code orders/fenced/}. It says nothing of
 * later runs.
 *
 * @param incarnation that run and all before it
 * @param by the agent that confirmed it, or who said so
 * @param reason why, null when nobody said
 */
public record Fenced(String host, long incarnation, String by, String reason, Instant at) {
  public Fenced {
    Objects.requireNonNull(host, "host");
    Objects.requireNonNull(by, "by");
    Objects.requireNonNull(at, "at");
  }

  boolean covers(long run) {
    return run <= incarnation;
  }
}
