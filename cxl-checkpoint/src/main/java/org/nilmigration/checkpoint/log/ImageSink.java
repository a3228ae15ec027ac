package org.nilmigration.checkpoint.log;

import java.lang.foreign.MemorySegment;

/** Where the standby writes pages. Apply thread only. */
@FunctionalInterface
public interface ImageSink {
  /**
   * Writes {@code length} bytes of {@code src} from {@code srcOffset} to guest memory at {@code
   * guestOffset}. The bytes are verified and private; they stay until {@link #settle}.
   */
  void write(long guestOffset, MemorySegment src, long srcOffset, long length);

  /** On return all was written and outlives this host. Comes before anybody is told of it. */
  default void settle() {}
}
