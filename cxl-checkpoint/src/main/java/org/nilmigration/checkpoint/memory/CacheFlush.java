package org.nilmigration.checkpoint.memory;

import java.lang.foreign.MemorySegment;

/**
 * Writes stores back from this host's caches to the memory beneath. Memory that several hosts share
 * outlives each of them, but what a host stored is lost while it is only in its caches: so what a
 * word promises is flushed and drained before the word is stored, and the word before anybody acts
 * on it (rule 3).
 *
 * <p>Any thread; a drain covers the flushes of its own thread. Allocates nothing.
 */
public interface CacheFlush {
  /** For memory that goes with the host. */
  CacheFlush NONE =
      new CacheFlush() {
        @Override
        public void flush(MemorySegment memory, long offset, long bytes) {
          // the caches live as long as the memory
        }

        @Override
        public void drain() {
          // nothing is under way
        }

        @Override
        public boolean writesBack() {
          return false;
        }
      };

  /**
   * Begins to write a range back. Its cache lines stay cached where the processor can do that. The
   * range must be mapped: unlike a copy, a flush does not survive a bus error.
   */
  void flush(MemorySegment memory, long offset, long bytes);

  /** On return all that was flushed is in memory. */
  void drain();

  /** Whether this does anything. */
  default boolean writesBack() {
    return true;
  }

  /** One range, in memory on return. */
  default void flushNow(MemorySegment memory, long offset, long bytes) {
    flush(memory, offset, bytes);
    drain();
  }
}
