package org.nilmigration.daemon.bench.floor;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.memory.NativeLinker;
import org.nilmigration.checkpoint.memory.Reserve;

/**
 * The C library's memcpy between two mapped files: a guest's image and a ring, as a log has one.
 * What a copy costs when nothing is checked, neither bus errors nor content. The files lose their
 * names at once. One thread at a time.
 */
public final class CopyFloor implements AutoCloseable {
  /** Bytes of the ring, and of a {@link #block}. */
  public static final long RING_BYTES = 64 << 20;

  private static final MethodHandle MEMCPY =
      NativeLinker.function("memcpy", FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS, JAVA_LONG));

  private final MappedFile image;
  private final MappedFile ring;
  private long position;

  /**
   * @param directory on the file system that a region would be on
   * @param imageBytes at least {@link #RING_BYTES}
   */
  public CopyFloor(Path directory, long imageBytes) {
    image = filled(directory.resolve("floor-image"), imageBytes);
    try {
      ring = filled(directory.resolve("floor-ring"), RING_BYTES);
    } catch (RuntimeException e) {
      image.close();
      throw e;
    }
  }

  /** A file without a name, with other words in each of its cache lines. */
  static MappedFile filled(Path path, long bytes) {
    MappedFile file = MappedFile.create(path, bytes, Reserve.RESERVED);
    file.unlink();
    for (long at = 0; at < bytes; at += 64) {
      file.segment().set(ValueLayout.JAVA_LONG, at, at * 0x9e3779b97f4a7c15L);
    }
    return file;
  }

  /** The image that {@link #scattered} copies from. */
  public MappedFile image() {
    return image;
  }

  /** Nanoseconds of one memcpy of {@link #RING_BYTES}. */
  public long block() {
    long start = System.nanoTime();
    copy(0, 0, RING_BYTES);
    return System.nanoTime() - start;
  }

  /** Nanoseconds to copy the pages of {@code runs} into the ring, one memcpy for each page. */
  public long scattered(PageRuns runs) {
    long start = System.nanoTime();
    for (int i = 0; i < runs.count(); i++) {
      long end = runs.start(i) + runs.length(i);
      for (long from = runs.start(i); from < end; from += PageRuns.PAGE_BYTES) {
        copy(from, position, PageRuns.PAGE_BYTES);
        position = (position + PageRuns.PAGE_BYTES) % RING_BYTES;
      }
    }
    return System.nanoTime() - start;
  }

  private void copy(long from, long to, long bytes) {
    try {
      MemorySegment unused =
          (MemorySegment)
              MEMCPY.invokeExact(
                  ring.segment().asSlice(to, bytes), image.segment().asSlice(from, bytes), bytes);
    } catch (Throwable t) {
      throw NativeLinker.impossible(t);
    }
  }

  @Override
  public void close() {
    ring.close();
    image.close();
  }
}
