package org.nilmigration.checkpoint.dirty;

import org.nilmigration.checkpoint.memory.NativeException;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

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

  /**
   * The fault of a call about this range that failed.
   *
   * @param errno 0 for none
   */
  FaultException refused(String call, int errno, int pid) {
    String sentence =
        "Dirty pages of process "
            + pid
            + " cannot be tracked over "
            + length
            + " bytes at 0x"
            + Long.toHexString(hostVirtualStart)
            + ": "
            + call
            + " failed"
            + (errno == KernelCalls.ESRCH ? " because the process is gone" : "")
            + "; found errno "
            + errno
            + ", expected success on Linux 6.7 or newer with memory in a tmpfs, hugetlbfs or"
            + " page-aligned dax file; run nild as root and see its log for what ended the"
            + " process.";
    return new FaultException(
        FaultKind.UNAVAILABLE, sentence, new NativeException(call, errno, "process " + pid));
  }
}
