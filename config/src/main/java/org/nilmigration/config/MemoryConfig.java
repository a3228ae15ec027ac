package org.nilmigration.config;

import java.nio.file.Path;

/**
 * This host's memory for guests.
 *
 * @param local absolute; a directory on tmpfs or hugetlbfs that is private to this host and emptied
 *     whenever its daemon starts
 * @param capacity how much guest memory the host means to take, by the guests it runs and those it
 *     stands by for; null = any amount
 */
public record MemoryConfig(Path local, ByteSize capacity) {
  public MemoryConfig {
    Rules.ABSOLUTE.require("memory.local", local);
    if (capacity != null) {
      Rules.MEMORY_CAPACITY.require("memory.capacity", capacity);
    }
  }

  /** Two hosts on one machine have two names, so they do not meet. */
  static Path defaultLocal(String cluster, String host) {
    return Path.of("/dev/shm/nil-local-" + cluster + "-" + host);
  }
}
