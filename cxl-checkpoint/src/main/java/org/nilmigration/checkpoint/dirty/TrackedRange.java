package org.nilmigration.checkpoint.dirty;

/**
 * Where a guest's memory lies in the address space of the process that runs it.
 *
 * @param hostVirtualStart address of guest offset 0 in that process
 * @param length bytes, a multiple of the page
 */
public record TrackedRange(long hostVirtualStart, long length) {
  public TrackedRange {
    if (length <= 0 || ((hostVirtualStart | length) & (PageRuns.PAGE_BYTES - 1)) != 0) {
      throw new IllegalArgumentException(
          "tracked range of "
              + length
              + " bytes at 0x"
              + Long.toHexString(hostVirtualStart)
              + ": expected page multiples, length > 0");
    }
  }

  /** First address after the range. */
  public long hostVirtualEnd() {
    return hostVirtualStart + length;
  }
}
