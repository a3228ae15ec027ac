package org.nilmigration.checkpoint.log;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A growing private copy of one epoch's device state. */
final class StateCopy {
  private MemorySegment memory = MemorySegment.NULL;
  private long length;

  /** Private memory for the next piece; it becomes part of the state by {@link #add}. */
  MemorySegment room(long bytes) {
    if (memory.byteSize() - length < bytes) {
      long size = Math.max(length + bytes, Math.max(1 << 20, memory.byteSize() * 2));
      MemorySegment larger = Arena.ofAuto().allocate(size, 64);
      MemorySegment.copy(memory, 0, larger, 0, length);
      memory = larger;
    }
    return memory.asSlice(length, bytes);
  }

  /** Keeps the piece that was put into the last {@link #room}. */
  void add(long bytes) {
    length += bytes;
  }

  long length() {
    return length;
  }

  /** Exactly what was added; an empty segment when nothing was. */
  MemorySegment view() {
    return memory.asSlice(0, length);
  }

  void clear() {
    length = 0;
  }
}
