package org.nilmigration.failover.cluster;

/** Kinds of asynchronous work that people ask for. */
public enum OperationType {
  /** Planned nil-migration of a guest to its standby. */
  MIGRATE,
  /** Everything leaves a host. */
  DRAIN
}
