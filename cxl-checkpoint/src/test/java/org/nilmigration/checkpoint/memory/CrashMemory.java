package org.nilmigration.checkpoint.memory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * What would be left of a file if its host's caches vanished: what was flushed and drained, and
 * whatever lines the caches had written back of their own accord. Lets somebody look at each flush
 * and drain, when a crash is the most telling.
 */
public final class CrashMemory implements CacheFlush {
  private static final int LINE = 64;

  private final Random random;
  private final List<Range> flushed = new ArrayList<>();
  private MemorySegment cached;
  private byte[] memory;
  private Runnable look = () -> {};

  private record Range(long offset, MemorySegment bytes) {}

  public CrashMemory(long seed) {
    random = new Random(seed);
  }

  /** Called before each flush and each drain, once something was flushed. */
  public void atEachStep(Runnable crash) {
    look = crash;
  }

  @Override
  public void flush(MemorySegment file, long offset, long bytes) {
    if (cached == null) {
      cached = file;
      memory = new byte[(int) file.byteSize()];
    }
    look.run();
    int from = (int) offset / LINE * LINE;
    int to = Math.min(memory.length, (int) (offset + bytes + LINE - 1) / LINE * LINE);
    byte[] lines = file.asSlice(from, to - from).toArray(ValueLayout.JAVA_BYTE);
    flushed.add(new Range(from, MemorySegment.ofArray(lines)));
  }

  @Override
  public void drain() {
    if (cached != null) {
      look.run();
    }
    flushed.forEach(r -> MemorySegment.ofArray(memory).asSlice(r.offset).copyFrom(r.bytes));
    flushed.clear();
  }

  /**
   * What a crash now leaves.
   *
   * @param evicted share of the lines that are only in the caches and come through nevertheless
   */
  public byte[] crash(double evicted) {
    byte[] left = memory.clone();
    byte[] now = cached.toArray(ValueLayout.JAVA_BYTE);
    for (int at = 0; at < left.length; at += LINE) {
      int end = Math.min(at + LINE, left.length);
      if (!Arrays.equals(left, at, end, now, at, end) && random.nextDouble() < evicted) {
        System.arraycopy(now, at, left, at, end - at);
      }
    }
    return left;
  }

  /** The same as a file. */
  public Path crash(double evicted, Path file) {
    try {
      return Files.write(file, crash(evicted));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
