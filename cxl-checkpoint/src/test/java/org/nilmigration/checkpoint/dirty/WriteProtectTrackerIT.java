package org.nilmigration.checkpoint.dirty;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nilmigration.config.FaultException;

/** The tracker on this very process: a shared file mapping, written by the test. */
class WriteProtectTrackerIT {
  private static final int PAGES = 4096;
  private static final long BYTES = PAGES * PageRuns.PAGE_BYTES;
  private static final int SELF = (int) ProcessHandle.current().pid();

  private final KernelCalls calls = new KernelCalls();
  private final Arena arena = Arena.ofShared();
  private Path file;
  private MemorySegment memory;

  @BeforeEach
  void mapSharedMemory() throws IOException {
    try {
      TrackerProbe.requirePagemapScan();
    } catch (FaultException e) {
      assumeTrue(false, e.getMessage());
    }
    Path shm = Path.of("/dev/shm");
    file = Files.createTempFile(Files.isDirectory(shm) ? shm : Path.of("/tmp"), "nil-track", "");
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, BYTES, arena);
    }
  }

  @AfterEach
  void unmap() throws IOException {
    arena.close();
    if (file != null) {
      Files.deleteIfExists(file);
    }
  }

  @Test
  void reportsExactlyTheWrittenPagesEpochAfterEpoch() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    try (WriteProtectTracker tracker = arm(64)) {
      PageRuns runs = new PageRuns();
      for (int epoch = 0; epoch < 50; epoch++) {
        BitSet written = new BitSet(PAGES);
        for (int i = random.nextInt(2000); i > 0; i--) {
          int page = random.nextInt(PAGES);
          write(page, (byte) epoch);
          written.set(page);
        }
        runs.clear();
        tracker.collect(runs);
        assertThat(pages(runs)).as("seed %d epoch %d", seed, epoch).isEqualTo(written);
      }
    }
  }

  @Test
  void aResultVectorThatFillsUpLosesNothing() {
    try (WriteProtectTracker tracker = arm(3)) {
      for (int page = 0; page < PAGES; page += 2) {
        write(page, (byte) 1);
      }
      PageRuns runs = new PageRuns();
      tracker.collect(runs);

      assertThat(runs.count()).isEqualTo(PAGES / 2);
      runs.clear();
      tracker.collect(runs);
      assertThat(runs.count()).isZero();
    }
  }

  @Test
  void aLookAllocatesNothingOnceItIsCompiled() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (WriteProtectTracker tracker = arm(64)) {
      PageRuns runs = new PageRuns();
      long least = Long.MAX_VALUE;
      for (int window = 0; window < 1000 && least > 0; window++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int look = 0; look < 100; look++) {
          write(0, (byte) look);
          write(100, (byte) look);
          runs.clear();
          tracker.collect(runs);
        }
        least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
      }
      assertThat(least).isZero();
    }
  }

  @Test
  void pagesThatWerePopulatedBeforeAreArmedToo() {
    memory.fill((byte) 7);
    try (WriteProtectTracker tracker = WriteProtectTracker.armHere(memory)) {
      PageRuns runs = new PageRuns();
      tracker.collect(runs);
      assertThat(runs.count()).isZero();
      write(100, (byte) 8);
      tracker.collect(runs);
      assertThat(pages(runs).stream().toArray()).containsExactly(100);
    }
  }

  @Test
  void readingIsNotWriting() {
    try (WriteProtectTracker tracker = arm(64)) {
      long sum = 0;
      for (int page = 0; page < PAGES; page++) {
        sum += memory.get(JAVA_BYTE, page * PageRuns.PAGE_BYTES);
      }
      assertThat(sum).isZero();
      PageRuns runs = new PageRuns();
      tracker.collect(runs);
      assertThat(runs.count()).isZero();
    }
  }

  @Test
  void closeGivesBackEveryDescriptorAndTheMemoryStaysUsable() throws IOException {
    arm(64).close();
    long before = openDescriptors();
    for (int i = 0; i < 50; i++) {
      WriteProtectTracker tracker = arm(64);
      write(i, (byte) 1);
      tracker.close();
      tracker.close();
    }
    assertThat(openDescriptors()).isEqualTo(before);
    memory.fill((byte) 3);
  }

  @Test
  void aSecondTrackerOfTheSameMemoryIsRefusedAndLeavesNoDescriptor() throws IOException {
    try (WriteProtectTracker first = arm(64)) {
      long before = openDescriptors();
      assertThatThrownBy(() -> arm(64))
          .isInstanceOf(FaultException.class)
          .hasMessageContaining("UFFDIO_REGISTER")
          .hasMessageContaining("errno 16");
      assertThat(openDescriptors()).isEqualTo(before);
      assertThat(first.name()).isEqualTo("userfaultfd-wp");
    }
  }

  @Test
  void aProcessThatIsGoneIsAFaultAndNeverAnEmptyEpoch() throws Exception {
    // A process cannot outlive its own address space here, so the tracker of this process gets the
    // pagemap of one that has ended.
    Process child = new ProcessBuilder("cat").start();
    Path pagemap = Path.of("/proc", Long.toString(child.pid()), "pagemap");
    int fd = calls.openReadOnly(pagemap);
    assertThat(fd).isPositive();
    child.destroyForcibly().waitFor();
    try (WriteProtectTracker tracker =
        WriteProtectTracker.over((int) child.pid(), range(), userfaultfd(), fd)) {
      assertThatThrownBy(() -> tracker.collect(new PageRuns()))
          .isInstanceOf(FaultException.class)
          .hasMessageContaining("the process is gone");
    }
  }

  @Test
  void takesADescriptorOfAnotherProcess() throws Exception {
    Process child = new ProcessBuilder("cat").start();
    try {
      int fd = PidFds.take((int) child.pid(), 0);
      assertThat(fd).isPositive();
      calls.close(fd);
      assertThatThrownBy(() -> PidFds.take((int) child.pid(), 4000))
          .isInstanceOf(FaultException.class)
          .hasMessageContaining("no such descriptor");
    } finally {
      child.destroyForcibly().waitFor();
    }
    assertThatThrownBy(() -> PidFds.take((int) child.pid(), 0))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("the process is gone");
  }

  private WriteProtectTracker arm(int vectorRegions) {
    return WriteProtectTracker.arm(SELF, range(), userfaultfd(), vectorRegions);
  }

  private TrackedRange range() {
    return new TrackedRange(memory.address(), BYTES);
  }

  private int userfaultfd() {
    return TrackerProbe.userfaultfd(calls);
  }

  private void write(int page, byte value) {
    memory.set(JAVA_BYTE, page * PageRuns.PAGE_BYTES + 123, value);
  }

  private static BitSet pages(PageRuns runs) {
    BitSet pages = new BitSet(PAGES);
    for (int i = 0; i < runs.count(); i++) {
      int first = (int) (runs.start(i) / PageRuns.PAGE_BYTES);
      pages.set(first, first + (int) (runs.length(i) / PageRuns.PAGE_BYTES));
    }
    return pages;
  }

  private static long openDescriptors() throws IOException {
    try (Stream<Path> fds = Files.list(Path.of("/proc/self/fd"))) {
      return fds.count();
    }
  }
}
