package org.nilmigration.checkpoint.log;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.nilmigration.checkpoint.layout.RecordLayout;

/**
 * Private memory, as copies see it and as a CRC does.
 *
 * @param bytes all of {@code memory}; its position and limit are anybody's
 */
record Chunk(Arena arena, MemorySegment memory, ByteBuffer bytes) {
  static Chunk allocate(Arena arena, long size) {
    MemorySegment memory = arena.allocate(size, RecordLayout.HEADER_BYTES);
    return new Chunk(arena, memory, memory.asByteBuffer());
  }
}
