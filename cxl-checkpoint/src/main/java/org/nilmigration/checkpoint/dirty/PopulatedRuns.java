package org.nilmigration.checkpoint.dirty;

import org.nilmigration.checkpoint.memory.MappedFile;

/**
 * What a sparse image file holds at all: a first synchronisation copies these ranges, since the
 * rest reads as zero on both sides. Tracking must be armed before the question is asked, so that
 * pages that come into being afterwards are reported by the tracker. Any thread.
 */
public final class PopulatedRuns {
  private PopulatedRuns() {}

  /**
   * Appends the ranges that hold data, rounded outwards to pages (SEEK_DATA and SEEK_HOLE of
   * lseek(2); a file system without holes gives one run). What another process wrote through a
   * shared mapping is data too.
   */
  public static void of(MappedFile image, PageRuns into) {
    long page = PageRuns.PAGE_BYTES;
    long size = image.size();
    long done = 0;
    for (long data = image.nextData(0); data < size; data = image.nextData(done)) {
      long start = Math.max(done, data / page * page);
      long end = Math.min(size, (image.nextHole(data) + page - 1) / page * page);
      if (end > start) {
        into.add(start, end - start);
      }
      done = Math.max(end, data + 1);
    }
  }
}
