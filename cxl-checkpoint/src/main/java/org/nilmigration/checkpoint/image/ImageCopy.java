package org.nilmigration.checkpoint.image;

import java.lang.foreign.MemorySegment;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.dirty.PopulatedRuns;
import org.nilmigration.checkpoint.memory.MappedFile;

/** Copies what a sparse image holds. Any thread. */
public final class ImageCopy {
  private ImageCopy() {}

  /**
   * @param to of the same size, all zeros
   * @throws org.nilmigration.config.FaultException when one of the files was truncated, or has no
   *     room
   */
  public static void of(MappedFile from, MappedFile to) {
    PageRuns runs = new PageRuns();
    PopulatedRuns.of(from, runs);
    try {
      for (int i = 0; i < runs.count(); i++) {
        MemorySegment.copy(
            from.segment(), runs.start(i), to.segment(), runs.start(i), runs.length(i));
        to.cacheFlush().flush(to.segment(), runs.start(i), runs.length(i));
      }
      to.cacheFlush().drain();
    } catch (InternalError e) {
      from.checkSize();
      throw to.fault(e);
    }
  }
}
