package org.nilmigration.checkpoint.dirty;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.nilmigration.checkpoint.memory.NativeException;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * Tracks another process's writes with a userfaultfd in asynchronous write-protect mode and the
 * {@code PAGEMAP_SCAN} ioctl, which reads and re-arms in one walk, atomically per page. Writes are
 * seen however they are made: by a thread of the process, by the kernel on its behalf, by a virtual
 * CPU. Cost: one minor fault per page and epoch for the writer, but for {@link HotBlocks}; one walk
 * of the page tables here.
 *
 * <p>The userfaultfd must have been created in the tracked process, because it belongs to the
 * address space it was born in. Closing the last descriptor of it ends the tracking.
 */
public final class WriteProtectTracker implements DirtyTracker {
  private static final int VECTOR_REGIONS = 4096;

  private final int pid;
  private final TrackedRange range;
  private final int uffd;
  private final int pagemap;
  private final KernelCalls calls;
  private final MemorySegment scan;
  private final MemorySegment regions;
  private final int vectorRegions;
  private final MemorySegment entry;
  private final HotBlocks hot;
  private long unarmedBytes;
  private boolean closed;

  private WriteProtectTracker(
      int pid, TrackedRange range, HotBlocks hot, int uffd, int pagemap, int regionsMax) {
    this.pid = pid;
    this.range = range;
    this.uffd = uffd;
    this.pagemap = pagemap;
    this.calls = new KernelCalls();
    Arena arena = Arena.ofAuto();
    this.scan = arena.allocate(UffdLayout.SCAN_BYTES, 8);
    this.regions = arena.allocate((long) regionsMax * UffdLayout.REGION_BYTES, 8);
    this.vectorRegions = regionsMax;
    this.entry = arena.allocate(8, 8);
    this.hot = hot;
    scan.set(JAVA_LONG, UffdLayout.SCAN_SIZE, UffdLayout.SCAN_BYTES);
    scan.set(JAVA_LONG, UffdLayout.SCAN_VECTOR, regions.address());
    scan.set(JAVA_LONG, UffdLayout.SCAN_VECTOR_LENGTH, regionsMax);
    scan.set(JAVA_LONG, UffdLayout.SCAN_CATEGORY_MASK, UffdLayout.PAGE_IS_WRITTEN);
    scan.set(JAVA_LONG, UffdLayout.SCAN_RETURN_MASK, UffdLayout.PAGE_IS_WRITTEN);
  }

  /**
   * Arms the range: every page written from now on is reported. The tracker owns {@code uffd} from
   * here on, and closes it also when arming fails.
   *
   * @param pid the tracked process
   * @param range where the guest's memory lies in it
   * @param pageBytes the kernel's page there, which is the block size of its file system
   * @param uffd this process's descriptor of a fresh userfaultfd of that process
   * @throws FaultException UNAVAILABLE when the kernel cannot do it
   */
  public static WriteProtectTracker arm(int pid, TrackedRange range, long pageBytes, int uffd) {
    return arm(pid, range, new HotBlocks(range.length(), pageBytes), uffd, VECTOR_REGIONS);
  }

  /**
   * Arms a mapping of this very process, to find out what tracking costs whoever writes.
   *
   * @param mapping whole pages of a shared mapping of a file on tmpfs
   * @throws FaultException UNAVAILABLE when the kernel cannot do it
   */
  public static WriteProtectTracker armHere(MemorySegment mapping) {
    return arm(
        (int) ProcessHandle.current().pid(),
        new TrackedRange(mapping.address(), mapping.byteSize()),
        PageRuns.PAGE_BYTES,
        TrackerProbe.userfaultfd(new KernelCalls()));
  }

  static WriteProtectTracker arm(
      int pid, TrackedRange range, HotBlocks hot, int uffd, int vectorRegions) {
    KernelCalls calls = new KernelCalls();
    Path pagemapFile = Path.of("/proc", Integer.toString(pid), "pagemap");
    int pagemap = calls.openReadOnly(pagemapFile);
    try {
      if (pagemap < 0) {
        throw refused("open " + pagemapFile, -pagemap, pid, range);
      }
      negotiate(calls, uffd);
      protect(calls, pid, range, uffd);
      return new WriteProtectTracker(pid, range, hot, uffd, pagemap, vectorRegions);
    } catch (RuntimeException e) {
      calls.close(uffd);
      if (pagemap >= 0) {
        calls.close(pagemap);
      }
      throw e;
    }
  }

  /** A tracker over memory that is armed already. */
  static WriteProtectTracker over(int pid, TrackedRange range, int uffd, int pagemap) {
    HotBlocks hot = new HotBlocks(range.length(), PageRuns.PAGE_BYTES);
    return new WriteProtectTracker(pid, range, hot, uffd, pagemap, VECTOR_REGIONS);
  }

  /** Asks for every feature the tracker needs; a kernel that lacks one refuses them all. */
  static void negotiate(KernelCalls calls, int uffd) {
    MemorySegment api = Arena.ofAuto().allocate(24, 8);
    api.set(JAVA_LONG, 0, UffdLayout.UFFD_API);
    api.set(JAVA_LONG, 8, UffdLayout.FEATURES);
    int result = calls.ioctl(uffd, UffdLayout.UFFDIO_API, api);
    if (result < 0) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "This kernel's userfaultfd refuses asynchronous write protection (UFFDIO_API with"
              + " features 0x"
              + Long.toHexString(UffdLayout.FEATURES)
              + " failed with errno "
              + -result
              + "), which dirty page tracking needs; boot Linux 6.7 or newer with"
              + " CONFIG_USERFAULTFD and CONFIG_PTE_MARKER_UFFD_WP.");
    }
  }

  private static void protect(KernelCalls calls, int pid, TrackedRange range, int uffd) {
    MemorySegment argument = Arena.ofAuto().allocate(32, 8);
    argument.set(JAVA_LONG, 0, range.hostVirtualStart());
    argument.set(JAVA_LONG, 8, range.length());
    argument.set(JAVA_LONG, 16, UffdLayout.REGISTER_MODE_WP);
    int result = calls.ioctl(uffd, UffdLayout.UFFDIO_REGISTER, argument);
    if (result < 0) {
      throw refused("UFFDIO_REGISTER", -result, pid, range);
    }
    argument.set(JAVA_LONG, 16, UffdLayout.WRITEPROTECT_MODE_WP);
    result = calls.ioctl(uffd, UffdLayout.UFFDIO_WRITEPROTECT, argument);
    if (result < 0) {
      throw refused("UFFDIO_WRITEPROTECT", -result, pid, range);
    }
  }

  @Override
  public void collect(PageRuns into) {
    hot.probation();
    unarmedBytes = 0;
    look(into, true);
    hot.endEpoch();
  }

  @Override
  public void collectEarly(PageRuns into) {
    look(into, false);
  }

  @Override
  public long unarmedBytes() {
    return unarmedBytes;
  }

  private void look(PageRuns into, boolean hotToo) {
    if (closed) {
      throw new IllegalStateException("the tracker of process " + pid + " is closed");
    }
    for (long at = 0; at < range.length(); ) {
      long hotStart = hot.nextHot(at);
      walk(at, hotStart, true, into);
      at = hot.nextCold(hotStart);
      if (hotToo) {
        walk(hotStart, at, false, into);
      }
    }
    requireAlive();
  }

  /**
   * A walk ends before its end only when it has filled the vector. Where it ended is then in {@code
   * walk_end}; after a whole walk Linux 6.18 leaves the last time it emptied a buffer of its own.
   */
  private void walk(long start, long end, boolean arm, PageRuns into) {
    long arming = arm ? UffdLayout.PM_SCAN_WP_MATCHING : 0;
    scan.set(JAVA_LONG, UffdLayout.SCAN_FLAGS, arming | UffdLayout.PM_SCAN_CHECK_WPASYNC);
    scan.set(JAVA_LONG, UffdLayout.SCAN_END, range.hostVirtualStart() + end);
    for (long from = range.hostVirtualStart() + start; from < range.hostVirtualStart() + end; ) {
      scan.set(JAVA_LONG, UffdLayout.SCAN_START, from);
      int found = calls.ioctl(pagemap, UffdLayout.PAGEMAP_SCAN, scan);
      if (found < 0) {
        throw refused("PAGEMAP_SCAN", -found, pid, range);
      }
      append(found, arm, into);
      if (found < vectorRegions) {
        return;
      }
      long walked = scan.get(JAVA_LONG, UffdLayout.SCAN_WALK_END);
      if (walked <= from) {
        throw refused("PAGEMAP_SCAN without progress (" + found + " regions)", 0, pid, range);
      }
      from = walked;
    }
  }

  private void append(int found, boolean armed, PageRuns into) {
    if (found > vectorRegions) {
      throw new IllegalStateException("the kernel filled " + found + " of " + vectorRegions);
    }
    for (int i = 0; i < found; i++) {
      long at = (long) i * UffdLayout.REGION_BYTES;
      long start = regions.get(JAVA_LONG, at + UffdLayout.REGION_START) - range.hostVirtualStart();
      long end = regions.get(JAVA_LONG, at + UffdLayout.REGION_END) - range.hostVirtualStart();
      into.add(start, end - start);
      unarmedBytes += end - start - (armed ? hot.found(start, end - start) : 0);
    }
  }

  /**
   * A walk of an address space that is torn down finds no page; were that taken for an empty epoch,
   * the epoch would be committed without its pages. Linux 6.18 fails such a walk with ESRCH, but no
   * document promises it. Reading the pagemap is documented to give no byte then, so a read that
   * follows the walk and succeeds shows that the walk saw the whole range.
   */
  private void requireAlive() {
    long offset = range.hostVirtualStart() / PageRuns.PAGE_BYTES * 8;
    long read = calls.pread(pagemap, entry, 8, offset);
    if (read != 8) {
      throw refused("read of its pagemap", read < 0 ? (int) -read : KernelCalls.ESRCH, pid, range);
    }
  }

  @Override
  public String name() {
    return "userfaultfd-wp";
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    MemorySegment argument = Arena.ofAuto().allocate(16, 8);
    argument.set(JAVA_LONG, 0, range.hostVirtualStart());
    argument.set(JAVA_LONG, 8, range.length());
    calls.ioctl(uffd, UffdLayout.UFFDIO_UNREGISTER, argument);
    calls.close(uffd);
    calls.close(pagemap);
  }

  private static FaultException refused(String call, int errno, int pid, TrackedRange range) {
    String sentence =
        "Dirty pages of process "
            + pid
            + " cannot be tracked over "
            + range.length()
            + " bytes at 0x"
            + Long.toHexString(range.hostVirtualStart())
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
