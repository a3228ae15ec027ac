package org.nilmigration.migration.protect;

/** Where an {@link Arrival} stands. */
public enum ArrivalStatus {
  /** The process is being started. */
  STARTING,
  /** Tracker armed, polling fast for the state. */
  ARMED,
  /** Holds the state and waits for the source to let go. */
  LOADED,
  /** The guest runs here; the arrival has done its work. */
  RUNNING,
  /** Ended with a fault, or given up by the source; nothing runs here. */
  FAILED,
  /** Cancelled; nothing runs here. */
  STOPPED
}
