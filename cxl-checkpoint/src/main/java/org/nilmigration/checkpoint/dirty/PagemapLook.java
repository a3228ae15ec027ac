package org.nilmigration.checkpoint.dirty;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Finds which pages of a part of a guest's memory were written, and arms them again but for the hot
 * blocks'. Two of them may look at parts that do not overlap at the same time, on two threads,
 * while nobody changes what is hot. Allocates at construction, and when it finds more than ever
 * before.
 */
final class PagemapLook implements Runnable {
  private final int pid;
  private final TrackedRange range;
  private final HotBlocks hot;
  private final int pagemap;
  private final int vectorRegions;
  private final KernelCalls calls = new KernelCalls();
  private final MemorySegment scan;
  private final MemorySegment regions;
  private final PageRuns armed = new PageRuns();
  private final PageRuns unarmed = new PageRuns();
  private long from;
  private long until;
  private boolean hotToo;

  PagemapLook(int pid, TrackedRange range, HotBlocks hot, int pagemap, int vectorRegions) {
    this.pid = pid;
    this.range = range;
    this.hot = hot;
    this.pagemap = pagemap;
    this.vectorRegions = vectorRegions;
    Arena arena = Arena.ofAuto();
    this.scan = arena.allocate(UffdLayout.SCAN_BYTES, 8);
    this.regions = arena.allocate((long) vectorRegions * UffdLayout.REGION_BYTES, 8);
    scan.set(JAVA_LONG, UffdLayout.SCAN_SIZE, UffdLayout.SCAN_BYTES);
    scan.set(JAVA_LONG, UffdLayout.SCAN_VECTOR, regions.address());
    scan.set(JAVA_LONG, UffdLayout.SCAN_VECTOR_LENGTH, vectorRegions);
    scan.set(JAVA_LONG, UffdLayout.SCAN_CATEGORY_MASK, UffdLayout.PAGE_IS_WRITTEN);
    scan.set(JAVA_LONG, UffdLayout.SCAN_RETURN_MASK, UffdLayout.PAGE_IS_WRITTEN);
  }

  /**
   * Where the next {@link #run} looks; forgets what the last one found.
   *
   * @param start guest-relative, bytes
   * @param includeHot whether it tells of hot blocks, whose pages are not armed
   */
  void at(long start, long end, boolean includeHot) {
    from = start;
    until = end;
    hotToo = includeHot;
    armed.clear();
    unarmed.clear();
  }

  /** Throws a FaultException when the process is gone or the kernel refuses. */
  @Override
  public void run() {
    for (long at = from; at < until; ) {
      long hotStart = Math.min(until, hot.nextHot(at));
      walk(at, hotStart, UffdLayout.PM_SCAN_WP_MATCHING, armed);
      at = Math.min(until, hot.nextCold(hotStart));
      if (hotToo) {
        walk(hotStart, at, 0, unarmed);
      }
    }
  }

  /** What was found armed, and is so again. */
  PageRuns armed() {
    return armed;
  }

  /** What was found in hot blocks. */
  PageRuns unarmed() {
    return unarmed;
  }

  /**
   * A walk ends before its end only when it has filled the vector. Where it ended is then in {@code
   * walk_end}; after a whole walk Linux 6.18 leaves the last time it emptied a buffer of its own.
   */
  private void walk(long start, long end, long arming, PageRuns into) {
    scan.set(JAVA_LONG, UffdLayout.SCAN_FLAGS, arming | UffdLayout.PM_SCAN_CHECK_WPASYNC);
    scan.set(JAVA_LONG, UffdLayout.SCAN_END, range.hostVirtualStart() + end);
    for (long at = range.hostVirtualStart() + start; at < range.hostVirtualStart() + end; ) {
      scan.set(JAVA_LONG, UffdLayout.SCAN_START, at);
      int found = calls.ioctl(pagemap, UffdLayout.PAGEMAP_SCAN, scan);
      if (found < 0) {
        throw range.refused("PAGEMAP_SCAN", -found, pid);
      }
      append(found, into);
      if (found < vectorRegions) {
        return;
      }
      long walked = scan.get(JAVA_LONG, UffdLayout.SCAN_WALK_END);
      if (walked <= at) {
        throw range.refused("PAGEMAP_SCAN without progress (" + found + " regions)", 0, pid);
      }
      at = walked;
    }
  }

  private void append(int found, PageRuns into) {
    if (found > vectorRegions) {
      throw new IllegalStateException("the kernel filled " + found + " of " + vectorRegions);
    }
    for (int i = 0; i < found; i++) {
      long at = (long) i * UffdLayout.REGION_BYTES;
      long start = regions.get(JAVA_LONG, at + UffdLayout.REGION_START);
      long end = regions.get(JAVA_LONG, at + UffdLayout.REGION_END);
      into.add(start - range.hostVirtualStart(), end - start);
    }
  }
}
