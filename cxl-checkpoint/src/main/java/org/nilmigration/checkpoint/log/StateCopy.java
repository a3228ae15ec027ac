package org.nilmigration.checkpoint.log;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A growing private copy of one epoch's device state. */
final class StateCopy {
  private static final long BYTES_MIN = 1 << 20;

  private Chunk chunk = Chunk.allocate(Arena.ofAuto(), BYTES_MIN);
  private int length;

  /** Private memory with room for the next piece at {@link #length}. */
  Chunk room(long bytes) {
    long size = chunk.memory().byteSize();
    if (size - length < bytes) {
      Chunk larger = Chunk.allocate(Arena.ofAuto(), Math.max(length + bytes, size * 2));
      MemorySegment.copy(chunk.memory(), 0, larger.memory(), 0, length);
      chunk = larger;
    }
    return chunk;
  }

  /** Keeps the piece that was put into the last {@link #room}. */
  void add(int bytes) {
    length += bytes;
  }

  int length() {
    return length;
  }

  /** Exactly what was added; an empty segment when nothing was. */
  MemorySegment view() {
    return chunk.memory().asSlice(0, length);
  }

  void clear() {
    length = 0;
  }
}
