package org.nilmigration.checkpoint.log;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nilmigration.checkpoint.layout.RecordLayout;

/**
 * The verified PAGES payloads of one epoch in private memory, until the epoch is whole and
 * committed. Grows with the epoch and gives memory beyond {@value #CHUNKS_KEPT} chunks back;
 * allocates nothing else.
 */
final class EpochStage {
  private static final int CHUNK_BYTES = 4 << 20;
  private static final int CHUNKS_KEPT = 16;

  private final List<Chunk> chunks = new ArrayList<>();
  private int current;
  private int used;

  private int[] chunkOf = new int[256];
  private int[] offsets = new int[256];
  private int[] runCounts = new int[256];
  private int payloads;

  /** Private memory with room for a payload at {@link #offset}; {@link #add} keeps it. */
  Chunk room(int payloadLength) {
    if (CHUNK_BYTES - used < payloadLength) {
      current++;
      used = 0;
    }
    if (current == chunks.size()) {
      chunks.add(newChunk());
    }
    return chunks.get(current);
  }

  @SuppressWarnings("MustBeClosedChecker") // closed by clear() and release()
  private static Chunk newChunk() {
    return Chunk.allocate(Arena.ofShared(), CHUNK_BYTES);
  }

  /** Where the last {@link #room} is. */
  int offset() {
    return used;
  }

  /** Keeps the payload that was put into the last {@link #room}. */
  void add(int payloadLength, int runCount) {
    if (payloads == offsets.length) {
      chunkOf = Arrays.copyOf(chunkOf, payloads * 2);
      offsets = Arrays.copyOf(offsets, payloads * 2);
      runCounts = Arrays.copyOf(runCounts, payloads * 2);
    }
    chunkOf[payloads] = current;
    offsets[payloads] = used;
    runCounts[payloads++] = runCount;
    used += (int) RecordLayout.recordBytes(payloadLength);
  }

  /** Writes everything kept, in order. */
  void apply(ImageSink sink) {
    for (int i = 0; i < payloads; i++) {
      RunTable.apply(chunks.get(chunkOf[i]).memory(), offsets[i], runCounts[i], sink);
    }
    sink.settle();
  }

  /** Forgets everything kept. */
  void clear() {
    payloads = 0;
    current = 0;
    used = 0;
    while (chunks.size() > CHUNKS_KEPT) {
      chunks.removeLast().arena().close();
    }
  }

  /** Gives all memory back. */
  void release() {
    clear();
    chunks.forEach(c -> c.arena().close());
    chunks.clear();
  }
}
