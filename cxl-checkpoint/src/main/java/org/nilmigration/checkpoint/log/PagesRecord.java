package org.nilmigration.checkpoint.log;

import java.lang.foreign.MemorySegment;
import org.nilmigration.checkpoint.layout.RecordLayout;

/**
 * A record of pages whose run table is {@link #cut}; {@link #run}, on any thread, fills its place
 * in the ring.
 */
final class PagesRecord implements Runnable {
  private final RecordWriter writer;
  private MemorySegment image = MemorySegment.NULL;
  private int runs;
  private int payloadBytes;

  PagesRecord(RecordWriter writer) {
    this.writer = writer;
  }

  /** Takes its share of what {@code cutter} has. */
  void cut(MemorySegment from, RunCutter cutter) {
    image = from;
    runs = cutter.cut(writer);
    payloadBytes = runs * RecordLayout.RUN_BYTES + cutter.bytes();
  }

  @Override
  public void run() {
    writer.putPages(image, runs);
  }

  RecordWriter writer() {
    return writer;
  }

  int runs() {
    return runs;
  }

  int payloadBytes() {
    return payloadBytes;
  }
}
