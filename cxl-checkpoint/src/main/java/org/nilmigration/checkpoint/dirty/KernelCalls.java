package org.nilmigration.checkpoint.dirty;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import org.nilmigration.checkpoint.memory.NativeLinker;

/**
 * The C library calls of this package. Each returns what the call returned, or the negated errno
 * when it failed, as the kernel itself does. An instance owns the memory errno is captured into, so
 * it belongs to one thread at a time; the memory goes with the garbage collector.
 */
final class KernelCalls {
  static final int O_RDONLY = 0;
  static final int O_CLOEXEC = 0x80000;
  static final int O_NONBLOCK = 0x800;
  static final long SYS_USERFAULTFD = 323;
  static final long SYS_PIDFD_OPEN = 434;
  static final long SYS_PIDFD_GETFD = 438;

  static final int EPERM = 1;
  static final int ESRCH = 3;
  static final int EBADF = 9;
  static final int ENOSYS = 38;

  private static final MethodHandle OPEN =
      NativeLinker.capturingVariadic("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT), 2);
  private static final MethodHandle CLOSE =
      NativeLinker.capturing("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle PREAD =
      NativeLinker.capturing(
          "pread", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle IOCTL =
      NativeLinker.capturingVariadic(
          "ioctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS), 2);
  private static final MethodHandle SYSCALL =
      NativeLinker.capturingVariadic(
          "syscall",
          FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
          1);

  private final MemorySegment capture = NativeLinker.capture(Arena.ofAuto());

  int openReadOnly(Path file) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment path = arena.allocateFrom(file.toString());
      return (int) result((int) OPEN.invokeExact(capture, path, O_RDONLY | O_CLOEXEC));
    } catch (Throwable t) {
      throw NativeLinker.impossible(t);
    }
  }

  int close(int fd) {
    try {
      return (int) result((int) CLOSE.invokeExact(capture, fd));
    } catch (Throwable t) {
      throw NativeLinker.impossible(t);
    }
  }

  long pread(int fd, MemorySegment into, long length, long offset) {
    try {
      return result((long) PREAD.invokeExact(capture, fd, into, length, offset));
    } catch (Throwable t) {
      throw NativeLinker.impossible(t);
    }
  }

  int ioctl(int fd, long request, MemorySegment argument) {
    try {
      return (int) result((int) IOCTL.invokeExact(capture, fd, request, argument));
    } catch (Throwable t) {
      throw NativeLinker.impossible(t);
    }
  }

  long syscall(long number, long a, long b, long c) {
    try {
      return result((long) SYSCALL.invokeExact(capture, number, a, b, c));
    } catch (Throwable t) {
      throw NativeLinker.impossible(t);
    }
  }

  private long result(long returned) {
    return returned == -1 ? -NativeLinker.errno(capture) : returned;
  }
}
