package org.nilmigration.config;

/** Where the memory that a guest runs on lies. */
public enum MemoryPlacement {
  /** In the region, so that every host maps it: the guest can be handed over by reference. */
  CXL,
  /** In the own memory of the host that runs it. */
  LOCAL
}
