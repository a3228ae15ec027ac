package org.nilmigration.failover.decision;

/**
 * This host.
 *
 * @param zookeeper ZooKeeper answers
 * @param stalled the decision loop itself stood still a moment ago: verdicts may be too old
 * @param leads leader of the guest's election
 * @param leaving how far the shutdown of this host is
 */
public record Self(
    String host,
    long incarnation,
    boolean zookeeper,
    boolean stalled,
    boolean leads,
    Leaving leaving) {

  /** Stages of a shutdown. */
  public enum Leaving {
    NO,
    /** Guests owned here are left to the next run of the daemon. */
    KEEPING,
    /** Guests owned here are handed over or stopped. */
    GUESTS,
    /** Standbys are given up. */
    STANDBYS
  }
}
