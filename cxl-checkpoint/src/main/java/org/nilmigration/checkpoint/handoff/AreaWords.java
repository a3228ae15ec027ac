package org.nilmigration.checkpoint.handoff;

import java.lang.foreign.MemorySegment;
import org.nilmigration.checkpoint.layout.HandoffLayout;
import org.nilmigration.checkpoint.layout.Words;

/**
 * The words of an area. The source's: figures and payload first (plain), then the word that
 * publishes them (release). The target's is one word.
 */
class AreaWords {
  private final MemorySegment area;

  AreaWords(MemorySegment area) {
    this.area = area;
  }

  /** After the chunks before {@code position}. */
  void publishStreamed(long position) {
    Words.release(area, HandoffLayout.STREAMED_POS, position);
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
    Words.release(area, HandoffLayout.SOURCE, source.word());
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
    Words.release(area, HandoffLayout.WRITTEN, 1);
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
    Words.release(area, HandoffLayout.TARGET, target.word());
  }
}
