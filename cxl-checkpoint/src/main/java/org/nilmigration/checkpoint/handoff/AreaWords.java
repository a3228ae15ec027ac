package org.nilmigration.checkpoint.handoff;

import java.lang.foreign.MemorySegment;
import org.nilmigration.checkpoint.layout.HandoffLayout;
import org.nilmigration.checkpoint.layout.Words;
import org.nilmigration.checkpoint.memory.CacheFlush;
import org.nilmigration.checkpoint.memory.MappedFile;

/**
 * The words of an area. The source's: figures and payload first (plain), then the word that
 * publishes them (release). The target's is one word. Payload is flushed before its word is stored,
 * the word afterwards; figures lie in the cache line of their word.
 */
class AreaWords {
  private final MemorySegment area;
  private final CacheFlush flush;

  AreaWords(MappedFile file) {
    this(file.segment(), file.cacheFlush());
  }

  AreaWords(MemorySegment area, CacheFlush flush) {
    this.area = area;
    this.flush = flush;
  }

  /** Begins to flush payload; the next word drains it before it is stored. */
  void flush(long offset, long bytes) {
    flush.flush(area, offset, bytes);
  }

  /** After the chunks before {@code position}. */
  void publishStreamed(long position) {
    publish(HandoffLayout.STREAMED_POS, position);
  }

  long streamedAcquire() {
    return Words.acquire(area, HandoffLayout.STREAMED_POS);
  }

  void figures(long epoch, long stopNanos, long stateBytes) {
    Words.plain(area, HandoffLayout.EPOCH, epoch);
    Words.plain(area, HandoffLayout.STOP_NANOS, stopNanos);
    Words.plain(area, HandoffLayout.STATE_BYTES, stateBytes);
  }

  /** READY only after the last chunk and {@link #figures}. */
  void publishSource(HandoffSource source) {
    publish(HandoffLayout.SOURCE, source.word());
  }

  long epoch() {
    return Words.plain(area, HandoffLayout.EPOCH);
  }

  long stopNanos() {
    return Words.plain(area, HandoffLayout.STOP_NANOS);
  }

  long stateBytes() {
    return Words.plain(area, HandoffLayout.STATE_BYTES);
  }

  /** After the table of runs. */
  void publishWritten(long runs, int crc) {
    Words.plain(area, HandoffLayout.WRITTEN_RUNS, runs);
    Words.plain(area, HandoffLayout.WRITTEN_CRC, Integer.toUnsignedLong(crc));
    publishWrittenWord();
  }

  void publishWrittenWord() {
    publish(HandoffLayout.WRITTEN, 1);
  }

  long writtenAcquire() {
    return Words.acquire(area, HandoffLayout.WRITTEN);
  }

  long writtenRuns() {
    return Words.plain(area, HandoffLayout.WRITTEN_RUNS);
  }

  long writtenCrc() {
    return Words.plain(area, HandoffLayout.WRITTEN_CRC);
  }

  void publishTarget(HandoffTarget target) {
    publish(HandoffLayout.TARGET, target.word());
  }

  private void publish(long word, long value) {
    flush.drain();
    Words.release(area, word, value);
    flush.flushNow(area, word, Long.BYTES);
  }
}
