package org.nilmigration.checkpoint.log;

import java.lang.foreign.MemorySegment;
import org.nilmigration.checkpoint.layout.RecordLayout;
import org.nilmigration.checkpoint.layout.Words;

/** The run table at the start of a PAGES payload in private memory, 8-byte aligned. */
final class RunTable {
  private RunTable() {}

  static long start(MemorySegment payload, int i) {
    return Words.plain(payload, (long) i * RecordLayout.RUN_BYTES);
  }

  static long length(MemorySegment payload, int i) {
    return Words.plain(payload, (long) i * RecordLayout.RUN_BYTES + Long.BYTES);
  }

  /** Writes the runs of a verified payload in their order. */
  static void apply(MemorySegment payload, int runCount, ImageSink sink) {
    long at = (long) runCount * RecordLayout.RUN_BYTES;
    for (int i = 0; i < runCount; i++) {
      long length = length(payload, i);
      sink.write(start(payload, i), payload, at, length);
      at += length;
    }
  }
}
