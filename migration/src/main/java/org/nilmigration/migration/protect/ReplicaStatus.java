package org.nilmigration.migration.protect;

/**
 * Where a {@link Replica} stands; a snapshot.
 *
 * @param phase what it does
 * @param synced true when a takeover is possible
 * @param appliedEpoch last epoch in the shadow image
 */
public record ReplicaStatus(Phase phase, boolean synced, long appliedEpoch) {

  /** What a replica does. */
  public enum Phase {
    /** Follows the log. */
    TAILING,
    /** The guest runs here; the replica has done its work. */
    RUNNING,
    /** Ended with a fault; a takeover is not possible. */
    FAILED,
    /** Closed. */
    STOPPED
  }
}
