package org.nilmigration.failover.decision;

/**
 * Whether the owner of a guest is off for certain, and whether it has to be.
 *
 * @param required what the guest sends leaves before its commit, so that two of it must never run
 * @param by who has confirmed that the owner's run is off, null when nobody has
 * @param reachable this host has an agent for the owner
 * @param busy why no agent is started now, null when one may be
 */
public record FenceFacts(boolean required, String by, boolean reachable, String busy) {
  /** For guests whose output waits for its commit: a stale owner is mute. */
  public static final FenceFacts NOT_REQUIRED = new FenceFacts(false, null, false, null);
}
