package org.nilmigration.config;

/** When what this host writes to the region is flushed from its processors' caches. */
public enum RegionFlush {
  /** Where the region's memory outlives this host: on famfs, fsdax or devdax. */
  AUTO,
  /** Whatever the region is on. */
  ALWAYS,
  /** Not at all: a host whose power fails takes what was in its caches with it. */
  NEVER
}
