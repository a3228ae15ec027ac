package org.nilmigration.failover.cluster;

/** What happened to a guest. The names are the {@code kind} of a {@link HistoryRecord}. */
public enum HistoryKind {
  START,
  TAKEOVER,
  SWITCHOVER,
  PAIRED,
  SYNCED,
  UNPAIRED,
  STOP,
  FAULT,
  COLD_START,
  /** People accepted what is refused as unsafe. */
  FORCED
}
