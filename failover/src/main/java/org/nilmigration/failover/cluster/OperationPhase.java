package org.nilmigration.failover.cluster;

/** What an operation on a guest is at, in this order; not each of them has each. */
public enum OperationPhase {
  /** The guest's memory moves from its host into the region. */
  DECOUPLE,
  /** The guest changes hands; once its host has let go, it cannot be called off any more. */
  HANDOFF,
  /** The guest's memory moves from the region into its host. */
  RECOUPLE
}
