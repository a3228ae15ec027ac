package org.nilmigration.failover.cluster;

/** Kinds of asynchronous work that people ask for. */
public enum OperationType {
  /** Planned nil-migration of a guest to another host. */
  MIGRATE,
  /** A guest's memory moves from its host into the region. */
  DECOUPLE,
  /** A guest's memory moves from the region into its host. */
  RECOUPLE,
  /** Everything leaves a host. */
  DRAIN
}
