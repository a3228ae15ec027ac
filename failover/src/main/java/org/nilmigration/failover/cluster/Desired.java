package org.nilmigration.failover.cluster;

/** What people want of a guest. */
public enum Desired {
  RUNNING,
  STOPPED,
  /** Stopped, and then forgotten with all its files. */
  REMOVED
}
