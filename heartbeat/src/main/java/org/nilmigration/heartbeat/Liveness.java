package org.nilmigration.heartbeat;

/** What the region says about one incarnation of a host. */
public enum Liveness {
  /** Its counter moves. */
  ALIVE,
  /** Silent for longer than the threshold, or replaced by another incarnation. */
  DEAD,
  /** No beat was seen yet, or we were not looking ourselves: no ground for a decision. */
  UNKNOWN
}
