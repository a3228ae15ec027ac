package org.nilmigration.checkpoint.log;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Random;
import org.nilmigration.checkpoint.dirty.PageRuns;

/** Small logs and guest memories for tests. */
final class Logs {
  static final long PAGE = PageRuns.PAGE_BYTES;
  static final long RING = EpochLog.RING_BYTES_MIN;
  static final BackPressure FORBIDDEN =
      () -> {
        throw new AssertionError("the ring is full");
      };

  private Logs() {}

  static LogIdentity identity(long pages, boolean synced, long startEpoch) {
    return new LogIdentity("vm1", 3, 2, pages * PAGE, synced, startEpoch);
  }

  static EpochLog create(Path dir, LogIdentity id, long ringBytes) {
    return EpochLog.create(dir.resolve("g000003-p000002.log"), id, ringBytes);
  }

  static MemorySegment memory(long pages) {
    return Arena.ofAuto().allocate(pages * PAGE, PAGE);
  }

  /** A sink over plain memory. */
  static ImageSink sink(MemorySegment image) {
    return (at, src, from, length) -> MemorySegment.copy(src, from, image, at, length);
  }

  static PageRuns runs(long... pageAndCount) {
    PageRuns runs = new PageRuns();
    for (int i = 0; i < pageAndCount.length; i += 2) {
      runs.add(pageAndCount[i] * PAGE, pageAndCount[i + 1] * PAGE);
    }
    return runs;
  }

  /** Writes random words to the pages of {@code runs}, some per page. */
  static void scribble(MemorySegment image, PageRuns runs, Random random) {
    for (int i = 0; i < runs.count(); i++) {
      for (long at = runs.start(i); at < runs.start(i) + runs.length(i); at += 512) {
        image.set(ValueLayout.JAVA_LONG, at, random.nextLong());
      }
    }
  }

  static MemorySegment bytes(String text) {
    return Arena.ofAuto().allocateFrom(text).asSlice(0, text.length());
  }

  static String text(MemorySegment bytes) {
    return new String(
        bytes.toArray(ValueLayout.JAVA_BYTE), java.nio.charset.StandardCharsets.UTF_8);
  }

  /** One epoch of the given pages and a state that names it. */
  static long epoch(LogOwner owner, long epoch, MemorySegment image, PageRuns runs) {
    owner.begin(epoch);
    owner.pages(image, runs, FORBIDDEN);
    MemorySegment state = bytes("state " + epoch);
    owner.state(state, state.byteSize(), FORBIDDEN);
    return owner.commit();
  }
}
