package org.nilmigration.daemon.bench.guest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.ByteSize;

/**
 * The last {@link #RESERVED} of a guest's memory, which a guest that was started with {@link
 * #programs} does not use, written through {@code /proc/PID/mem} as if the guest had: every second
 * page, so that no two lie together.
 */
public final class RemotePages implements AutoCloseable {
  /** As many as {@link #RESERVED} has room for. */
  public static final int PAGES_MAX = 8192;

  private static final ByteSize RESERVED = ByteSize.ofMiB(64);
  private static final long STRIDE = 2 * PageRuns.PAGE_BYTES;

  private final FileChannel memory;
  private final long first;
  private final ByteBuffer stamp = ByteBuffer.allocateDirect(Long.BYTES);
  private long writes;

  private RemotePages(FileChannel memory, long first) {
    this.memory = memory;
    this.first = first;
  }

  /** Words for the kernel command line of a guest with that much memory. */
  public static String programs(ByteSize guestMemory) {
    // What lies above the hole below 4 GiB has higher addresses: more than needed is left unused.
    return "mem=" + ((guestMemory.bytes() - RESERVED.bytes()) >> 20) + "M";
  }

  /**
   * @param image what the process maps as its guest's memory
   */
  public static RemotePages of(int pid, MappedFile image) {
    Path proc = Path.of("/proc", Integer.toString(pid));
    try {
      long start =
          Files.readAllLines(proc.resolve("maps")).stream()
              .filter(line -> line.endsWith(image.path().toString()))
              .mapToLong(line -> Long.parseUnsignedLong(line.split("-", 2)[0], 16))
              .min()
              .orElseThrow(() -> new IOException(proc + " does not map " + image.path()));
      return new RemotePages(
          FileChannel.open(proc.resolve("mem"), StandardOpenOption.WRITE),
          start + image.size() - RESERVED.bytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Offset in the guest's memory of the page that is written as number {@code i}. */
  public static long offset(MappedFile image, int i) {
    return image.size() - RESERVED.bytes() + i * STRIDE;
  }

  /** Writes something else than before into that many pages. */
  public void write(int count) {
    writes++;
    try {
      for (int i = 0; i < count; i++) {
        stamp.clear().putLong(0, writes);
        if (memory.write(stamp, first + i * STRIDE) != Long.BYTES) {
          throw new IOException("page " + i + " of a guest could not be written");
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      memory.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
