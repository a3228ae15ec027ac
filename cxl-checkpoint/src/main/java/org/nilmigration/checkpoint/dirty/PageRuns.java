package org.nilmigration.checkpoint.dirty;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * A list of guest-relative byte ranges, each a multiple of the {@value #PAGE_BYTES}-byte page, in
 * the order they were added. A range that begins where the last one ended is joined to it. Reused
 * from epoch to epoch: {@link #clear()} keeps the arrays. Owned by one thread.
 */
public final class PageRuns {
  /** Size of a page and unit of every start and length. */
  public static final long PAGE_BYTES = 4096;

  private long[] starts = new long[256];
  private long[] lengths = new long[256];
  private int count;
  private long bytes;

  /** Number of ranges. */
  public int count() {
    return count;
  }

  /** Guest-relative offset of range {@code i}, bytes. */
  public long start(int i) {
    check(i);
    return starts[i];
  }

  /** Length of range {@code i}, bytes. */
  public long length(int i) {
    check(i);
    return lengths[i];
  }

  /** Sum of all lengths, bytes. Pages added twice count twice. */
  public long bytes() {
    return bytes;
  }

  /** Empties the list. */
  public void clear() {
    count = 0;
    bytes = 0;
  }

  /** Appends a range; both figures are in bytes and multiples of the page. */
  public void add(long start, long length) {
    if (start < 0 || length <= 0 || ((start | length) & (PAGE_BYTES - 1)) != 0) {
      throw new IllegalArgumentException(
          "page run of " + length + " bytes at " + start + ": expected page multiples, length > 0");
    }
    bytes += length;
    if (count > 0 && starts[count - 1] + lengths[count - 1] == start) {
      lengths[count - 1] += length;
      return;
    }
    if (count == starts.length) {
      starts = Arrays.copyOf(starts, count * 2);
      lengths = Arrays.copyOf(lengths, count * 2);
    }
    starts[count] = start;
    lengths[count++] = length;
  }

  /** Appends every range of {@code other}. */
  public void addAll(PageRuns other) {
    for (int i = 0; i < other.count; i++) {
      add(other.starts[i], other.lengths[i]);
    }
  }

  /** The same pages, each once, in ascending ranges that are apart. */
  public PageRuns merged() {
    int[] order =
        IntStream.range(0, count)
            .boxed()
            .sorted(Comparator.comparingLong(i -> starts[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    PageRuns merged = new PageRuns();
    long end = 0;
    for (int i : order) {
      long from = Math.max(end, starts[i]);
      long until = starts[i] + lengths[i];
      if (until > from) {
        merged.add(from, until - from);
        end = until;
      }
    }
    return merged;
  }

  private void check(int i) {
    if (i < 0 || i >= count) {
      throw new IndexOutOfBoundsException("page run " + i + " of " + count);
    }
  }
}
