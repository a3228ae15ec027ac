package org.nilmigration.checkpoint.dirty;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/** Says before anything starts whether this kernel can track pages. Any thread. */
public final class TrackerProbe {
  private TrackerProbe() {}

  /**
   * Asks the kernel itself, not its version: {@code PAGEMAP_SCAN} on this process, and a
   * userfaultfd of this process with every feature the tracker needs.
   *
   * @throws FaultException UNAVAILABLE, with the remedy
   */
  public static void requirePagemapScan() {
    requireScan(new KernelCalls());
    requireUserfaultfd(new KernelCalls());
  }

  private static void requireScan(KernelCalls calls) {
    Path pagemapFile = Path.of("/proc/self/pagemap");
    int pagemap = calls.openReadOnly(pagemapFile);
    int result = pagemap;
    if (pagemap >= 0) {
      MemorySegment scan = Arena.ofAuto().allocate(UffdLayout.SCAN_BYTES, 8);
      scan.set(JAVA_LONG, UffdLayout.SCAN_SIZE, UffdLayout.SCAN_BYTES);
      scan.set(JAVA_LONG, UffdLayout.SCAN_END, PageRuns.PAGE_BYTES);
      scan.set(JAVA_LONG, UffdLayout.SCAN_CATEGORY_MASK, UffdLayout.PAGE_IS_WRITTEN);
      result = calls.ioctl(pagemap, UffdLayout.PAGEMAP_SCAN, scan);
      calls.close(pagemap);
    }
    if (result < 0) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "This kernel ("
              + System.getProperty("os.version")
              + ") cannot tell written pages: PAGEMAP_SCAN on "
              + pagemapFile
              + " failed with errno "
              + -result
              + "; boot Linux 6.7 or newer with CONFIG_PROC_PAGE_MONITOR.");
    }
  }

  private static void requireUserfaultfd(KernelCalls calls) {
    int uffd = userfaultfd(calls);
    try {
      WriteProtectTracker.negotiate(calls, uffd);
    } finally {
      calls.close(uffd);
    }
  }

  /**
   * A userfaultfd of this process, the caller's to close.
   *
   * @throws FaultException UNAVAILABLE, with the remedy
   */
  static int userfaultfd(KernelCalls calls) {
    long uffd =
        calls.syscall(
            KernelCalls.SYS_USERFAULTFD, KernelCalls.O_CLOEXEC | KernelCalls.O_NONBLOCK, 0, 0);
    if (uffd == -KernelCalls.EPERM) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "userfaultfd(2) is not permitted to this user (errno 1); run nild as root, or set"
              + " vm.unprivileged_userfaultfd=1.");
    }
    if (uffd < 0) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "This kernel ("
              + System.getProperty("os.version")
              + ") has no userfaultfd(2) (errno "
              + -uffd
              + "); boot Linux 6.7 or newer with CONFIG_USERFAULTFD.");
    }
    return (int) uffd;
  }
}
