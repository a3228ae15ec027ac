package org.nilmigration.config;

/** What becomes of a host's guests when its daemon is told to end. */
public enum OnStop {
  /** Those with a synced standby go there, the others are stopped. */
  HANDOVER,
  /** The host is drained first: guests without a synced standby wait for one. */
  DRAIN,
  /** They run on, what they send waits, and the next run of the daemon goes on with them. */
  LEAVE
}
