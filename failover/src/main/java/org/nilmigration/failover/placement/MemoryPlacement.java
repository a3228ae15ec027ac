package org.nilmigration.failover.placement;

/** Where the memory is that a guest runs on. */
public enum MemoryPlacement {
  /** In the region: any host that maps it can go on from there. */
  CXL,
  /** In the own memory of its owner's host. */
  LOCAL
}
