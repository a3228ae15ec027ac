package org.nilmigration.failover.placement;

/** What the hosts agreed to do about a guest. */
public enum PlacementState {
  /** The owner is booting the guest; nothing to protect yet. */
  STARTING,
  /** The guest runs on the owner. */
  RUNNING,
  /** Intent of a planned move to another host; the words in its handoff area decide. */
  HANDOFF,
  /** The owner's guest process died by itself: the standby takes over from the last commit. */
  FAILOVER,
  /** Nobody runs the guest, on purpose. */
  STOPPED,
  /** Nobody runs the guest; the note says why; a person asks for a new start. */
  FAILED;

  /** True where one host is to have the guest's process. */
  public boolean live() {
    return this != STOPPED && this != FAILED;
  }
}
