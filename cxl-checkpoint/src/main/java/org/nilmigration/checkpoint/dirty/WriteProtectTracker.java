package org.nilmigration.checkpoint.dirty;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.nilmigration.checkpoint.memory.PauseHelper;
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
  /**
   * How a look is cut.
   *
   * @param vectorRegions that the kernel may tell of in one call
   * @param sliceBytes that one of two threads looks at in a piece: a fraction of a millisecond
   */
  record Sizes(int vectorRegions, long sliceBytes) {
    static final Sizes DEFAULT = new Sizes(4096, 256L << 20);
  }

  private final int pid;
  private final TrackedRange range;
  private final int uffd;
  private final int pagemap;
  private final KernelCalls calls;
  private final MemorySegment entry;
  private final HotBlocks hot;
  private final PagemapLook here;
  private final PagemapLook beside;
  private final long sliceBytes;
  private long unarmedBytes;
  private boolean closed;

  private WriteProtectTracker(
      int pid, TrackedRange range, HotBlocks hot, int uffd, int pagemap, Sizes sizes) {
    this.pid = pid;
    this.range = range;
    this.uffd = uffd;
    this.pagemap = pagemap;
    this.calls = new KernelCalls();
    this.entry = Arena.ofAuto().allocate(8, 8);
    this.hot = hot;
    this.here = new PagemapLook(pid, range, hot, pagemap, sizes.vectorRegions());
    this.beside = new PagemapLook(pid, range, hot, pagemap, sizes.vectorRegions());
    this.sliceBytes = sizes.sliceBytes();
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
    return arm(pid, range, new HotBlocks(range.length(), pageBytes), uffd, Sizes.DEFAULT);
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
      int pid, TrackedRange range, HotBlocks hot, int uffd, Sizes sizes) {
    KernelCalls calls = new KernelCalls();
    Path pagemapFile = Path.of("/proc", Integer.toString(pid), "pagemap");
    int pagemap = calls.openReadOnly(pagemapFile);
    try {
      if (pagemap < 0) {
        throw range.refused("open " + pagemapFile, -pagemap, pid);
      }
      negotiate(calls, uffd);
      protect(calls, pid, range, uffd);
      return new WriteProtectTracker(pid, range, hot, uffd, pagemap, sizes);
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
    return new WriteProtectTracker(pid, range, hot, uffd, pagemap, Sizes.DEFAULT);
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
      throw range.refused("UFFDIO_REGISTER", -result, pid);
    }
    argument.set(JAVA_LONG, 16, UffdLayout.WRITEPROTECT_MODE_WP);
    result = calls.ioctl(uffd, UffdLayout.UFFDIO_WRITEPROTECT, argument);
    if (result < 0) {
      throw range.refused("UFFDIO_WRITEPROTECT", -result, pid);
    }
  }

  @Override
  public void collect(PageRuns into) {
    collect(into, null);
  }

  @Override
  public void collect(PageRuns into, PauseHelper helper) {
    requireOpen();
    hot.probation();
    unarmedBytes = 0;
    long slice = helper == null ? range.length() : sliceBytes;
    for (long at = 0; at < range.length(); at += 2 * slice) {
      long middle = Math.min(range.length(), at + slice);
      here.at(at, middle, true);
      beside.at(middle, Math.min(range.length(), middle + slice), true);
      if (middle == range.length()) {
        here.run();
      } else {
        helper.both(here, beside);
      }
      take(here, into);
      take(beside, into);
    }
    requireAlive();
    hot.endEpoch();
  }

  @Override
  public void collectEarly(PageRuns into) {
    requireOpen();
    here.at(0, range.length(), false);
    here.run();
    take(here, into);
    requireAlive();
  }

  private void take(PagemapLook look, PageRuns into) {
    PageRuns armed = look.armed();
    for (int i = 0; i < armed.count(); i++) {
      unarmedBytes += armed.length(i) - hot.found(armed.start(i), armed.length(i));
    }
    unarmedBytes += look.unarmed().bytes();
    into.addAll(armed);
    into.addAll(look.unarmed());
  }

  @Override
  public long unarmedBytes() {
    return unarmedBytes;
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the tracker of process " + pid + " is closed");
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
      throw range.refused("read of its pagemap", read < 0 ? (int) -read : KernelCalls.ESRCH, pid);
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
}
