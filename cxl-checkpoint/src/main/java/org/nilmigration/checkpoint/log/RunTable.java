package org.nilmigration.checkpoint.log;

import java.lang.foreign.MemorySegment;
import org.nilmigration.checkpoint.layout.RecordLayout;
import org.nilmigration.checkpoint.layout.Words;

/** The run table at the start of a PAGES payload in private memory, 8-byte aligned. */
final class RunTable {
  private RunTable() {}

  static long start(MemorySegment memory, long payload, int i) {
    return Words.plain(memory, payload + (long) i * RecordLayout.RUN_BYTES);
  }

  static long length(MemorySegment memory, long payload, int i) {
    return Words.plain(memory, payload + (long) i * RecordLayout.RUN_BYTES + Long.BYTES);
  }

  /** Writes the runs of a verified payload in their order. */
  static void apply(MemorySegment memory, long payload, int runCount, ImageSink sink) {
    long at = payload + (long) runCount * RecordLayout.RUN_BYTES;
    for (int i = 0; i < runCount; i++) {
      long length = length(memory, payload, i);
      sink.write(start(memory, payload, i), memory, at, length);
      at += length;
    }
  }
}
