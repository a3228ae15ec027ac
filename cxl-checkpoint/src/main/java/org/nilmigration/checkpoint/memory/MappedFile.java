package org.nilmigration.checkpoint.memory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.nilmigration.config.ByteSize;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * One file of the region, mapped shared, read and write. Holds one descriptor and one mapping of
 * the whole file from creation to {@link #close()}; unlinking the file does not disturb them.
 *
 * <p>Invariant: no access reaches beyond the size the file had when it was mapped. A file that
 * somebody truncates beneath the mapping answers accesses with SIGBUS; the JVM turns that into an
 * {@link InternalError}, possibly a little later than the access. So every batch of accesses begins
 * and ends with {@link #checkSize()} and catches {@code InternalError} into {@link #fault}.
 *
 * <p>Any thread may use the segment; who may write which byte is said by the layout of the file.
 * Only one thread closes.
 */
public final class MappedFile implements AutoCloseable {
  private static final int PRIVATE = 0600;

  static {
    NativeLinker.requireLittleEndian64();
  }

  private final Path path;
  private final int fd;
  private final long size;
  private final CacheFlush flush;
  private final Arena arena;
  private final MemorySegment segment;
  private final List<BoundedBytes> views = new ArrayList<>();
  private volatile boolean closed;

  @SuppressWarnings("MustBeClosedChecker") // closed by close()
  private MappedFile(Path path, int fd, long size, CacheFlush flush) {
    this.path = path;
    this.fd = fd;
    this.size = size;
    this.flush = flush.writesBack() ? new Checked(flush) : flush;
    long address = flush.writesBack() ? FileCalls.mapSync(fd, size) : FileCalls.map(fd, size);
    this.arena = Arena.ofShared();
    this.segment = NativeLinker.adopt(address, size, arena, () -> FileCalls.unmap(address, size));
  }

  /** As the other {@code create}, for memory that goes with this host. */
  public static MappedFile create(Path path, long bytes, Reserve reserve) {
    return create(path, bytes, reserve, CacheFlush.NONE);
  }

  /**
   * Makes a new file, readable and writable by its owner only, filled with zeros.
   *
   * @param bytes its size, more than 0
   * @param flush what its writers flush by
   * @throws FaultException when it exists, or (UNAVAILABLE) when there is no room for it; nothing
   *     is left behind then
   */
  public static MappedFile create(Path path, long bytes, Reserve reserve, CacheFlush flush) {
    if (bytes <= 0) {
      throw new IllegalArgumentException("size of " + path + ": found " + bytes + ", expected > 0");
    }
    int fd =
        openFile(
            path,
            FileCalls.O_RDWR | FileCalls.O_CREAT | FileCalls.O_EXCL | FileCalls.O_CLOEXEC,
            "create");
    try {
      FileCalls.truncate(fd, bytes);
      if (reserve == Reserve.RESERVED) {
        FileCalls.reserve(fd, bytes);
      }
      return new MappedFile(path, fd, bytes, flush);
    } catch (NativeException e) {
      FileCalls.close(fd);
      delete(path);
      throw noRoom(path, bytes, e);
    }
  }

  /** As the other {@code open}, for those who only read or whose memory goes with this host. */
  public static MappedFile open(Path path, long expectedBytes) {
    return open(path, expectedBytes, CacheFlush.NONE);
  }

  /**
   * Maps a file that exists.
   *
   * @param expectedBytes the size it must have, or -1 for whatever it has
   * @param flush what its writers flush by
   */
  public static MappedFile open(Path path, long expectedBytes, CacheFlush flush) {
    int fd = openFile(path, FileCalls.O_RDWR | FileCalls.O_CLOEXEC, "open");
    try {
      long bytes = FileCalls.size(fd);
      boolean wrong = expectedBytes >= 0 ? bytes != expectedBytes : bytes <= 0;
      if (wrong) {
        throw new FaultException(
            FaultKind.ERROR,
            path
                + ": wrong size: found "
                + bytes
                + " bytes, expected "
                + (expectedBytes >= 0 ? expectedBytes : "at least 1")
                + "; it was truncated or is no file of this region: remove it and let it be made"
                + " anew");
      }
      return new MappedFile(path, fd, bytes, flush);
    } catch (NativeException e) {
      FileCalls.close(fd);
      throw new FaultException(FaultKind.ERROR, path + ": cannot be mapped: " + e.getMessage(), e);
    } catch (FaultException e) {
      FileCalls.close(fd);
      throw e;
    }
  }

  /** All bytes of the file; valid until {@link #close()}, then access throws. */
  public MemorySegment segment() {
    return segment;
  }

  /**
   * What the writers of this file flush by. A flush asks for the file's size first, because it
   * would not survive a bus error.
   */
  public CacheFlush cacheFlush() {
    return flush;
  }

  private final class Checked implements CacheFlush {
    private final CacheFlush flush;

    Checked(CacheFlush flush) {
      this.flush = flush;
    }

    @Override
    public void flush(MemorySegment memory, long offset, long bytes) {
      checkSize();
      flush.flush(memory, offset, bytes);
    }

    @Override
    public void drain() {
      flush.drain();
    }
  }

  /** A bounded Chronicle view of a part; it is closed together with this mapping. */
  public synchronized BoundedBytes view(long offset, long length) {
    BoundedBytes view = BoundedBytes.over(segment.asSlice(offset, length));
    views.add(view);
    return view;
  }

  public Path path() {
    return path;
  }

  /** Bytes that are mapped: the size the file had when it was opened. */
  public long size() {
    return size;
  }

  /**
   * Asks the kernel for the file's size. Costs one system call, allocates nothing.
   *
   * @throws FaultException when the file shrank, so that the next access would fault
   */
  public void checkSize() {
    long now = currentSize();
    if (now < size) {
      throw shrunken(now, null);
    }
  }

  /** The first offset at or after {@code from} that holds data, or the size when none does. */
  public long nextData(long from) {
    long found = from >= size ? -1 : FileCalls.seek(fd, from, FileCalls.SEEK_DATA);
    return found < 0 ? size : Math.min(found, size);
  }

  /** The first offset at or after {@code from} that lies in a hole, or the size when none does. */
  public long nextHole(long from) {
    long found = from >= size ? -1 : FileCalls.seek(fd, from, FileCalls.SEEK_HOLE);
    return found < 0 ? size : Math.min(found, size);
  }

  /** The fault to throw for an {@link InternalError} that an access of this mapping raised. */
  public FaultException fault(InternalError e) {
    long now = currentSize();
    if (now < size) {
      return shrunken(now, e);
    }
    return new FaultException(
        FaultKind.ERROR,
        path
            + ": memory beneath this mapping, or beneath the guest image copied from or to it,"
            + " failed: found a bus error ("
            + e.getMessage()
            + "), expected "
            + size
            + " usable bytes; the file system is full or the device failed: free space or"
            + " replace it, then start the guest's protection anew",
        e);
  }

  /** Removes the name. This mapping, and those of others, stay valid until they are closed. */
  public void unlink() {
    delete(path);
  }

  /** Unmaps and closes; views and segment are dead afterwards. Does nothing the second time. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    views.forEach(BoundedBytes::close);
    views.clear();
    arena.close();
    FileCalls.close(fd);
  }

  /** A closed descriptor's number may be another file's by now. */
  private long currentSize() {
    if (closed) {
      throw new IllegalStateException(path + " was closed");
    }
    return FileCalls.size(fd);
  }

  private FaultException shrunken(long now, InternalError cause) {
    return new FaultException(
        FaultKind.ERROR,
        path
            + ": file shrank while mapped: found "
            + Math.max(now, 0)
            + " bytes, expected "
            + size
            + "; somebody truncated a file of the region: find out who, then start the guest's"
            + " protection anew",
        cause);
  }

  private static int openFile(Path path, int flags, String verb) {
    try {
      return FileCalls.open(path.toAbsolutePath(), flags, PRIVATE);
    } catch (NativeException e) {
      FaultKind kind = e.errno() == Errno.ENOENT ? FaultKind.NO_SUCH : FaultKind.ERROR;
      throw new FaultException(
          kind, path + ": cannot " + verb + ": " + reason(e) + "; check path and permissions", e);
    }
  }

  private static String reason(NativeException e) {
    return switch (e.errno()) {
      case Errno.ENOENT -> "found no such file or directory";
      case Errno.EEXIST -> "found a file of that name, expected none";
      case Errno.EACCES, Errno.EPERM -> "found no permission, expected to read and write";
      default -> e.getMessage();
    };
  }

  private static FaultException noRoom(Path path, long bytes, NativeException e) {
    boolean full =
        e.errno() == Errno.ENOSPC || e.errno() == Errno.EDQUOT || e.errno() == Errno.ENOMEM;
    if (!full) {
      return new FaultException(FaultKind.ERROR, path + ": cannot be made: " + e.getMessage(), e);
    }
    return new FaultException(
        FaultKind.UNAVAILABLE,
        path
            + ": region full: needed "
            + new ByteSize(bytes)
            + ", found no room for it in the file system; remove guests or give it more memory",
        e);
  }

  private static void delete(Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      throw new FaultException(FaultKind.ERROR, path + ": cannot be removed: " + e.getMessage(), e);
    }
  }
}
