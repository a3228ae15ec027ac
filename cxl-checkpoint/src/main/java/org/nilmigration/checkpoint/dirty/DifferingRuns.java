package org.nilmigration.checkpoint.dirty;

import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import org.nilmigration.checkpoint.memory.MappedFile;

/**
 * The pages in which two images of one guest differ: what a tracker would have told that is not
 * there any more. Pages that neither file holds are not touched, so both stay as sparse as they
 * are. Any thread.
 */
public final class DifferingRuns {
  private static final long PAGE = PageRuns.PAGE_BYTES;

  private DifferingRuns() {}

  /**
   * Appends every page whose bytes differ, and every page that only one of the files holds. The
   * second image must stand still; a page of the first that changes meanwhile may be missed, so
   * tracking must be armed before.
   *
   * @throws org.nilmigration.config.FaultException when one of the files was truncated
   */
  public static void of(MappedFile first, MappedFile second, PageRuns into) {
    BitSet held = populated(first);
    BitSet both = populated(second);
    BitSet differing = (BitSet) held.clone();
    differing.xor(both);
    both.and(held);
    try {
      compare(first.segment(), second.segment(), both, differing);
    } catch (InternalError e) {
      first.checkSize();
      throw second.fault(e);
    }
    append(differing, into);
  }

  private static BitSet populated(MappedFile image) {
    PageRuns runs = new PageRuns();
    PopulatedRuns.of(image, runs);
    BitSet pages = new BitSet();
    for (int i = 0; i < runs.count(); i++) {
      long from = runs.start(i) / PAGE;
      pages.set((int) from, (int) (from + runs.length(i) / PAGE));
    }
    return pages;
  }

  /** Page by page: a call that is made often is compiled soon, and a daemon has just started. */
  private static void compare(
      MemorySegment first, MemorySegment second, BitSet pages, BitSet differing) {
    for (int page = pages.nextSetBit(0); page >= 0; page = pages.nextSetBit(page + 1)) {
      long from = page * PAGE;
      if (MemorySegment.mismatch(first, from, from + PAGE, second, from, from + PAGE) >= 0) {
        differing.set(page);
      }
    }
  }

  private static void append(BitSet pages, PageRuns into) {
    for (int from = pages.nextSetBit(0); from >= 0; ) {
      int end = pages.nextClearBit(from);
      into.add(from * PAGE, (end - from) * PAGE);
      from = pages.nextSetBit(end);
    }
  }
}
