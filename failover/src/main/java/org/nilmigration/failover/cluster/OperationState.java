package org.nilmigration.failover.cluster;

/** How far an operation is. */
public enum OperationState {
  PENDING,
  RUNNING,
  DONE,
  FAILED,
  CANCELLED;

  public boolean ended() {
    return this == DONE || this == FAILED || this == CANCELLED;
  }
}
