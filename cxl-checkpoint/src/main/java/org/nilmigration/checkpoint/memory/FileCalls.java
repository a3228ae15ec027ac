package org.nilmigration.checkpoint.memory;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * The C library's calls on files and mappings. Descriptors are plain ints and never Java channels:
 * an interrupt of a thread closes a channel, and with it would go the mapping's only size check.
 *
 * <p>Flag values from Linux {@code asm-generic/fcntl.h}, {@code mman-common.h}, {@code unistd.h}.
 */
final class FileCalls {
  static final int O_RDWR = 2;
  static final int O_CREAT = 0x40;
  static final int O_EXCL = 0x80;
  static final int O_CLOEXEC = 0x80000;
  static final int SEEK_END = 2;
  static final int SEEK_DATA = 3;
  static final int SEEK_HOLE = 4;

  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_SHARED = 1;
  private static final int MAP_SHARED_VALIDATE = 3;
  private static final int MAP_SYNC = 0x80000;
  private static final long MAP_FAILED = -1;

  private static final MethodHandle OPEN =
      NativeLinker.capturingVariadic(
          "open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT), 2);
  private static final MethodHandle CLOSE =
      NativeLinker.capturing("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle FTRUNCATE =
      NativeLinker.capturing("ftruncate", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG));
  private static final MethodHandle POSIX_FALLOCATE =
      NativeLinker.function(
          "posix_fallocate", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle LSEEK =
      NativeLinker.capturing(
          "lseek", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));
  private static final MethodHandle LSEEK_PLAIN =
      NativeLinker.function(
          "lseek", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));
  private static final MethodHandle MMAP =
      NativeLinker.capturing(
          "mmap",
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
  private static final MethodHandle MUNMAP =
      NativeLinker.capturing("munmap", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));

  private FileCalls() {}

  static int open(Path path, int flags, int mode) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment capture = NativeLinker.capture(arena);
      MemorySegment name = arena.allocateFrom(path.toString());
      while (true) {
        int fd = (int) OPEN.invokeExact(capture, name, flags, mode);
        if (fd >= 0) {
          return fd;
        }
        int errno = NativeLinker.errno(capture);
        if (errno != Errno.EINTR) {
          throw new NativeException("open", errno, path.toString());
        }
      }
    } catch (Throwable t) {
      throw NativeLinker.impossible(t);
    }
  }

  static void close(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment capture = NativeLinker.capture(arena);
      int failed = (int) CLOSE.invokeExact(capture, fd);
      int errno = NativeLinker.errno(capture);
      if (failed != 0 && errno != Errno.EINTR) {
        throw new NativeException("close", errno, "descriptor " + fd);
      }
    } catch (Throwable t) {
      throw NativeLinker.impossible(t);
    }
  }

  static void truncate(int fd, long bytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment capture = NativeLinker.capture(arena);
      while ((int) FTRUNCATE.invokeExact(capture, fd, bytes) != 0) {
        int errno = NativeLinker.errno(capture);
        if (errno != Errno.EINTR) {
          throw new NativeException("ftruncate", errno, bytes + " bytes");
        }
      }
    } catch (Throwable t) {
      throw NativeLinker.impossible(t);
    }
  }

  /** Gives every byte of the file its memory or blocks; returns the error number itself. */
  static void reserve(int fd, long bytes) {
    try {
      int errno;
      do {
        errno = (int) POSIX_FALLOCATE.invokeExact(fd, 0L, bytes);
      } while (errno == Errno.EINTR);
      if (errno != 0) {
        throw new NativeException("posix_fallocate", errno, bytes + " bytes");
      }
    } catch (Throwable t) {
      throw NativeLinker.impossible(t);
    }
  }

  /**
   * The size of the file, or -1. Neither allocates nor captures errno, because it precedes every
   * batch of accesses. (The descriptors are never read from, so their offset is of no interest.)
   */
  static long size(int fd) {
    try {
      return (long) LSEEK_PLAIN.invokeExact(fd, 0L, SEEK_END);
    } catch (Throwable t) {
      throw NativeLinker.impossible(t);
    }
  }

  /** lseek(2) with SEEK_DATA or SEEK_HOLE; -1 when nothing of the kind follows. */
  static long seek(int fd, long from, int whence) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment capture = NativeLinker.capture(arena);
      long found = (long) LSEEK.invokeExact(capture, fd, from, whence);
      if (found < 0 && NativeLinker.errno(capture) != Errno.ENXIO) {
        throw new NativeException("lseek", NativeLinker.errno(capture), "from " + from);
      }
      return found;
    } catch (Throwable t) {
      throw NativeLinker.impossible(t);
    }
  }

  static long map(int fd, long bytes) {
    return map(fd, bytes, MAP_SHARED);
  }

  /**
   * As {@link #map}; where the file system can, a page is writable only once all that leads to it
   * is in memory as well, so that flushed stores can be found again.
   */
  static long mapSync(int fd, long bytes) {
    try {
      return map(fd, bytes, MAP_SHARED_VALIDATE | MAP_SYNC);
    } catch (NativeException e) {
      if (e.errno() == Errno.EOPNOTSUPP || e.errno() == Errno.EINVAL) {
        return map(fd, bytes);
      }
      throw e;
    }
  }

  /** Whether the kernel maps this file with MAP_SYNC. */
  static boolean grantsSync(Path file) {
    int fd = open(file, O_RDWR | O_CLOEXEC, 0);
    try {
      unmap(map(fd, 1, MAP_SHARED_VALIDATE | MAP_SYNC), 1);
      return true;
    } catch (NativeException e) {
      return false;
    } finally {
      close(fd);
    }
  }

  private static long map(int fd, long bytes, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment capture = NativeLinker.capture(arena);
      long address = (long) MMAP.invokeExact(capture, 0L, bytes, PROT_READ_WRITE, flags, fd, 0L);
      if (address == MAP_FAILED) {
        throw new NativeException("mmap", NativeLinker.errno(capture), bytes + " bytes, shared");
      }
      return address;
    } catch (Throwable t) {
      throw NativeLinker.impossible(t);
    }
  }

  static void unmap(long address, long bytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment capture = NativeLinker.capture(arena);
      if ((int) MUNMAP.invokeExact(capture, address, bytes) != 0) {
        throw new NativeException("munmap", NativeLinker.errno(capture), bytes + " bytes");
      }
    } catch (Throwable t) {
      throw NativeLinker.impossible(t);
    }
  }
}
