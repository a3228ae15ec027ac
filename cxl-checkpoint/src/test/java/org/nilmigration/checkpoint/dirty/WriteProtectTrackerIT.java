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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
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

  private static final int HOT_AREAS = 8;
  private static final int EPOCHS_OF_A_HOT_AREA = HotBlocks.PROBATION_EPOCHS + 16;

  /** Whole blocks with others between them. */
  private static final BitSet HOT = new BitSet();

  static {
    HOT.set(0, 2 * HotBlocks.PAGES);
    HOT.set(5 * HotBlocks.PAGES, 6 * HotBlocks.PAGES);
  }

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
        for (int i = random.nextInt(1000); i > 0; i--) {
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
  void whatIsWrittenInEachEpochFaultsNoMoreAndIsReportedInEach() {
    try (WriteProtectTracker tracker = WriteProtectTracker.armHere(memory)) {
      PageRuns runs = new PageRuns();
      for (int epoch = 0; epoch < HotBlocks.HOT / HotBlocks.HEAT_OF_DENSE; epoch++) {
        writeHot();
        collect(tracker, runs);
      }
      assertThat(tracker.unarmedBytes()).isZero();
      for (int epoch = 0; epoch < HotBlocks.PROBATION_EPOCHS / 4; epoch++) {
        writeHot();
        write(PAGES - 1, (byte) epoch);
        runs.clear();
        tracker.collectEarly(runs);
        assertThat(pages(runs).cardinality()).isLessThan(HOT.cardinality());
        assertThat(pages(runs).get(PAGES - 1)).isTrue();
        collect(tracker, runs);
        assertThat(pages(runs)).isEqualTo(HOT);
      }
      assertThat(tracker.unarmedBytes()).isEqualTo(HOT.cardinality() * PageRuns.PAGE_BYTES);
    }
  }

  @Test
  void aPageIsReportedOnceInALook() {
    try (WriteProtectTracker tracker = WriteProtectTracker.armHere(memory)) {
      PageRuns runs = new PageRuns();
      for (int epoch = 0; epoch < HotBlocks.PROBATION_EPOCHS; epoch++) {
        for (int page = 0; page < PAGES; page += 2) {
          write(page, (byte) epoch);
        }
        collect(tracker, runs);
        assertThat(runs.bytes()).isEqualTo(PAGES / 2 * PageRuns.PAGE_BYTES);
        assertThat(pages(runs).cardinality()).isEqualTo(PAGES / 2);
      }
      assertThat(tracker.unarmedBytes()).isPositive();
    }
  }

  @Test
  void whatIsWrittenNoMoreIsReportedNoMoreSomeEpochsLater() {
    try (WriteProtectTracker tracker = WriteProtectTracker.armHere(memory)) {
      PageRuns runs = new PageRuns();
      for (int epoch = 0; epoch < HotBlocks.HOT; epoch++) {
        writeHot();
        collect(tracker, runs);
      }
      for (int epoch = 0; epoch <= HotBlocks.PROBATION_EPOCHS; epoch++) {
        collect(tracker, runs);
      }
      assertThat(runs.count()).isZero();
      HOT.stream().forEach(page -> write(page, (byte) 99));
      collect(tracker, runs);
      assertThat(pages(runs)).isEqualTo(HOT);
      assertThat(tracker.unarmedBytes()).isZero();
    }
  }

  /**
   * The owner of an image copies what it is told after it was told, and has all of it at the end.
   */
  @Test
  void aCopyByItsReportsEndsEqualToWhatIsWrittenAllTheTime() throws InterruptedException {
    long seed = System.nanoTime();
    AtomicBoolean ended = new AtomicBoolean();
    AtomicInteger rounds = new AtomicInteger();
    AtomicInteger area = new AtomicInteger();
    Thread writer = new Thread(() -> writeUntil(ended, rounds, area, new Random(seed)));
    MemorySegment copy = arena.allocate(BYTES);
    long unarmed = 0;
    try (WriteProtectTracker tracker = WriteProtectTracker.armHere(memory)) {
      PageRuns runs = new PageRuns();
      writer.start();
      try {
        for (int epoch = 0; epoch < HOT_AREAS * EPOCHS_OF_A_HOT_AREA; epoch++) {
          area.set(epoch / EPOCHS_OF_A_HOT_AREA);
          awaitARound(rounds);
          runs.clear();
          tracker.collectEarly(runs);
          copy(runs, copy);
          collect(tracker, runs);
          unarmed += tracker.unarmedBytes();
          copy(runs, copy);
        }
      } finally {
        ended.set(true);
        writer.join();
      }
      collect(tracker, runs);
      copy(runs, copy);
    }
    assertThat(unarmed).isPositive();
    assertThat(memory.mismatch(copy)).as("seed %d", seed).isEqualTo(-1);
  }

  private static void awaitARound(AtomicInteger rounds) {
    int seen = rounds.get();
    while (rounds.get() < seen + 2) {
      Thread.onSpinWait();
    }
  }

  /** Some blocks are hot for a while, then others; single pages are written everywhere. */
  private void writeUntil(
      AtomicBoolean ended, AtomicInteger rounds, AtomicInteger area, Random random) {
    while (!ended.get()) {
      int hotFrom = area.get() * PAGES / HOT_AREAS;
      for (int page = 0; page < 3 * HotBlocks.PAGES; page++) {
        write(hotFrom + page, (byte) random.nextInt());
      }
      write(random.nextInt(PAGES), (byte) random.nextInt());
      rounds.incrementAndGet();
    }
  }

  private void copy(PageRuns runs, MemorySegment copy) {
    for (int i = 0; i < runs.count(); i++) {
      MemorySegment.copy(memory, runs.start(i), copy, runs.start(i), runs.length(i));
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
    HotBlocks hot = new HotBlocks(BYTES, PageRuns.PAGE_BYTES);
    return WriteProtectTracker.arm(SELF, range(), hot, userfaultfd(), vectorRegions);
  }

  private TrackedRange range() {
    return new TrackedRange(memory.address(), BYTES);
  }

  private int userfaultfd() {
    return TrackerProbe.userfaultfd(calls);
  }

  private static void collect(WriteProtectTracker tracker, PageRuns runs) {
    runs.clear();
    tracker.collect(runs);
  }

  private void writeHot() {
    HOT.stream().forEach(page -> write(page, (byte) 1));
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
