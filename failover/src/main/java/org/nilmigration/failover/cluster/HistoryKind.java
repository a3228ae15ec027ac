package org.nilmigration.failover.cluster;

/**
 * What happened to a guest, a host or the cluster. The names are the {@code kind} of a {@link
 * HistoryRecord}.
 */
public enum HistoryKind {
  START,
  TAKEOVER,
  /** A takeover was called for, and not done. */
  REFUSED,
  SWITCHOVER,
  /** The memory of a running guest moved into the region. */
  DECOUPLED,
  /** The memory of a running guest moved into its host. */
  RECOUPLED,
  PAIRED,
  SYNCED,
  UNPAIRED,
  STOP,
  FAULT,
  COLD_START,
  /** The daemon of a guest's host was restarted, the guest was not. */
  ADOPTED,
  /** People accepted what is refused as unsafe. */
  FORCED,
  CORDONED,
  UNCORDONED,
  /** A drain was asked for, or called off. */
  DRAIN,
  /** A drain is done. */
  DRAINED,
  /** A host is off, and an agent has confirmed it. */
  FENCED,
  /** No agent could switch a host off. */
  FENCE_FAILED,
  /** People say that a host is off. */
  CONFIRMED_DEAD,
  /** People paused HA of a guest or of all. */
  PAUSED,
  RESUMED
}
