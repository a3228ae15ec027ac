package org.nilmigration.failover.decision;

import java.time.Duration;

/**
 * Whether the owner of a guest is off for certain, and whether it has to be.
 *
 * @param required what the guest sends leaves before its commit, so that two of it must never run
 * @param by who has confirmed that the owner's run is off, null when nobody has
 * @param reachable this host has an agent for the owner
 * @param busy why no agent is started now, null when one may be
 * @param resetAfter silence after which the owner's own watchdog has reset it for certain; null
 *     when it has none, or this host never saw its record
 */
public record FenceFacts(
    boolean required, String by, boolean reachable, String busy, Duration resetAfter) {
  /** For guests whose output waits for its commit: a stale owner is mute. */
  public static final FenceFacts NOT_REQUIRED = new FenceFacts(false, null, false, null);

  /** Of an owner without a watchdog. */
  public FenceFacts(boolean required, String by, boolean reachable, String busy) {
    this(required, by, reachable, busy, null);
  }
}
