package org.nilmigration.daemon.bench.floor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.nilmigration.checkpoint.dirty.DirtyTracker;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.dirty.WriteProtectTracker;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.memory.Reserve;
import org.nilmigration.daemon.bench.report.Samples;

/**
 * What the tracker costs whoever writes: the first write to a page since it was armed faults once.
 * Measured in this process, over memory like a guest's, a file in tmpfs.
 */
public final class WriteProtectFault {
  private static final int PAGES = 1024;
  private static final int WARM_UP_ROUNDS = 20;
  private static final Path SHARED_MEMORY = Path.of("/dev/shm");

  private final MemorySegment memory;
  private final DirtyTracker tracker;
  private final PageRuns written = new PageRuns();
  private final long[] armedNanos = new long[PAGES];
  private final long[] plainNanos = new long[PAGES];

  private WriteProtectFault(MemorySegment memory, DirtyTracker tracker) {
    this.memory = memory;
    this.tracker = tracker;
  }

  /**
   * Each sample is the time of a first write to an armed page less that of a write to the same page
   * while it is not armed, timed alike.
   *
   * @param count how many samples
   */
  public static Samples measure(int count) {
    try (MappedFile file = unlinkedFile();
        DirtyTracker tracker = WriteProtectTracker.armHere(file.segment())) {
      return new WriteProtectFault(file.segment(), tracker).rounds(count);
    }
  }

  private static MappedFile unlinkedFile() {
    try {
      Path directory = Files.createTempDirectory(SHARED_MEMORY, "nil-bench-");
      try {
        MappedFile file =
            MappedFile.create(
                directory.resolve("pages"), PAGES * PageRuns.PAGE_BYTES, Reserve.RESERVED);
        file.unlink();
        return file;
      } finally {
        Files.delete(directory);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Samples rounds(int count) {
    for (int round = 0; round < WARM_UP_ROUNDS; round++) {
      round();
    }
    Samples extra = new Samples();
    while (extra.count() < count) {
      round();
      for (int page = 0; page < PAGES && extra.count() < count; page++) {
        extra.add(armedNanos[page] - plainNanos[page]);
      }
    }
    return extra;
  }

  private void round() {
    written.clear();
    tracker.collectEarly(written); // arms what was written, however often
    write(armedNanos);
    write(plainNanos);
  }

  private void write(long[] nanos) {
    for (int page = 0; page < PAGES; page++) {
      long start = System.nanoTime();
      memory.set(JAVA_BYTE, page * PageRuns.PAGE_BYTES, (byte) start);
      nanos[page] = System.nanoTime() - start;
    }
  }
}
