package org.nilmigration.failover.placement;

import java.util.Objects;

/**
 * The intent of a planned move: who is to run the guest next, and where the two parties speak.
 *
 * @param to host that gets the guest: its standby, or any other host of the region
 * @param toIncarnation the run of that host's daemon which is meant
 * @param area file name of the handoff area, made for this attempt alone
 */
public record Handoff(String to, long toIncarnation, String area) {
  public Handoff {
    Objects.requireNonNull(to, "handoff.to");
    Objects.requireNonNull(area, "handoff.area");
  }

  public boolean to(String host, long incarnation) {
    return to.equals(host) && toIncarnation == incarnation;
  }
}
