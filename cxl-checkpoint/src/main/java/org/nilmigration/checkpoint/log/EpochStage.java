package org.nilmigration.checkpoint.log;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.nilmigration.checkpoint.layout.RecordLayout;

/**
 * The verified PAGES payloads of one epoch in private memory, until the epoch is whole and
 * committed. Grows with the epoch and gives memory beyond {@value #CHUNKS_KEPT} chunks back.
 */
final class EpochStage {
  private static final int CHUNK_BYTES = 4 << 20;
  private static final int CHUNKS_KEPT = 16;

  private final List<Chunk> chunks = new ArrayList<>();
  private final List<Entry> entries = new ArrayList<>();
  private int current;
  private long used;

  /** Private memory for a payload; it becomes part of the epoch by {@link #add}. */
  MemorySegment room(int payloadLength) {
    if (current == chunks.size()) {
      chunks.add(Chunk.allocate());
    }
    if (CHUNK_BYTES - used < payloadLength) {
      current++;
      used = 0;
      return room(payloadLength);
    }
    return chunks.get(current).memory.asSlice(used, payloadLength);
  }

  /** Keeps the payload that was put into the last {@link #room}. */
  void add(MemorySegment payload, int runCount) {
    entries.add(new Entry(payload, runCount));
    used += RecordLayout.recordBytes(payload.byteSize());
  }

  /** Writes everything kept, in order. */
  void apply(ImageSink sink) {
    for (Entry e : entries) {
      RunTable.apply(e.payload, e.runCount, sink);
    }
  }

  /** Forgets everything kept. */
  void clear() {
    entries.clear();
    current = 0;
    used = 0;
    while (chunks.size() > CHUNKS_KEPT) {
      chunks.removeLast().arena.close();
    }
  }

  /** Gives all memory back. */
  void release() {
    clear();
    chunks.forEach(c -> c.arena.close());
    chunks.clear();
  }

  private record Entry(MemorySegment payload, int runCount) {}

  private record Chunk(Arena arena, MemorySegment memory) {
    @SuppressWarnings("MustBeClosedChecker") // closed by clear() and release()
    static Chunk allocate() {
      Arena arena = Arena.ofShared();
      return new Chunk(arena, arena.allocate(CHUNK_BYTES, RecordLayout.HEADER_BYTES));
    }
  }
}
