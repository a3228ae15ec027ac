package org.nilmigration.checkpoint.memory;

import java.lang.foreign.MemorySegment;

/**
 * Copies ranges that lie apart, a little of each in turn. A processor waits for memory at the start
 * of every page, and its prefetcher sees no further than a page; with several ranges under way
 * these waits overlap. Long ranges gain nothing by company.
 *
 * <p>As safe for mapped memory as {@link MemorySegment#copy}. One thread at a time; allocates at
 * construction only.
 */
public final class RangeCopy {
  /** Ranges under way at a time: more would fight for sets of the first-level cache. */
  private static final int RANGES = 4;

  /** Longer ones are copied as fast alone. */
  private static final long SHORT_BYTES = 32 << 10;

  private static final long CHUNK_BYTES = 256;

  private final long[] from = new long[RANGES];
  private final long[] to = new long[RANGES];
  private final long[] lengths = new long[RANGES];
  private int count;
  private long shortest;
  private long longest;

  /** Whether a range of this length is one for {@link #add}. */
  public static boolean isShort(long length) {
    return length <= SHORT_BYTES;
  }

  /** Adds a range to those that the next {@link #run} copies; no target may overlap anything. */
  public void add(long fromOffset, long toOffset, long length) {
    from[count] = fromOffset;
    to[count] = toOffset;
    lengths[count] = length;
    shortest = count == 0 ? length : Math.min(shortest, length);
    longest = count == 0 ? length : Math.max(longest, length);
    count++;
  }

  /** Whether a target overlaps that of a range which was added. */
  public boolean overlaps(long toOffset, long length) {
    for (int i = 0; i < count; i++) {
      if (toOffset < to[i] + lengths[i] && to[i] < toOffset + length) {
        return true;
      }
    }
    return false;
  }

  /** Whether no more can be added before {@link #run}. */
  public boolean isFull() {
    return count == RANGES;
  }

  /** Copies what was added and forgets it, whatever comes of it; begins to flush the targets. */
  public void run(MemorySegment source, MemorySegment target, CacheFlush flush) {
    int ranges = count;
    count = 0;
    long at = 0;
    if (ranges == RANGES) {
      at = shortest - shortest % CHUNK_BYTES;
      four(source, target, at);
    }
    for (long end = ranges == 0 ? 0 : longest; at < end; at += CHUNK_BYTES) {
      for (int i = 0; i < ranges; i++) {
        long left = lengths[i] - at;
        if (left > 0) {
          MemorySegment.copy(source, from[i] + at, target, to[i] + at, Math.min(CHUNK_BYTES, left));
        }
      }
    }
    for (int i = 0; i < ranges; i++) {
      flush.flush(target, to[i], lengths[i]);
    }
  }

  /** What all four have in common; nothing but copies in the loop, which is a tenth faster. */
  private void four(MemorySegment source, MemorySegment target, long end) {
    long from0 = from[0];
    long from1 = from[1];
    long from2 = from[2];
    long from3 = from[3];
    long to0 = to[0];
    long to1 = to[1];
    long to2 = to[2];
    long to3 = to[3];
    for (long at = 0; at < end; at += CHUNK_BYTES) {
      MemorySegment.copy(source, from0 + at, target, to0 + at, CHUNK_BYTES);
      MemorySegment.copy(source, from1 + at, target, to1 + at, CHUNK_BYTES);
      MemorySegment.copy(source, from2 + at, target, to2 + at, CHUNK_BYTES);
      MemorySegment.copy(source, from3 + at, target, to3 + at, CHUNK_BYTES);
    }
  }
}
