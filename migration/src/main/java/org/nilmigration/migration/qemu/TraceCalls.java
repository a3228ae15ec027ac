package org.nilmigration.migration.qemu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.nilmigration.checkpoint.memory.NativeException;
import org.nilmigration.checkpoint.memory.NativeLinker;

/**
 * ptrace(2), waitpid(2) and tgkill(2). Only on the thread {@code hypervisor-native}. Numbers from
 * {@code linux/ptrace.h} and {@code sys/user.h}, x86-64.
 */
final class TraceCalls {
  static final int PTRACE_CONT = 7;
  static final int PTRACE_SINGLESTEP = 9;
  static final int PTRACE_GETREGS = 12;
  static final int PTRACE_SETREGS = 13;
  static final int PTRACE_DETACH = 17;
  static final int PTRACE_SEIZE = 0x4206;
  static final int PTRACE_INTERRUPT = 0x4207;
  static final int PTRACE_EVENT_STOP = 128;
  static final long PTRACE_O_EXITKILL = 0x100000;

  static final int SIGKILL = 9;
  static final int SIGTRAP = 5;

  private static final int WNOHANG = 1;
  private static final int WALL = 0x40000000;
  private static final long SYS_TGKILL = 234;

  private static final MethodHandle PTRACE =
      NativeLinker.capturingVariadic(
          "ptrace", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS), 1);
  private static final MethodHandle WAITPID =
      NativeLinker.capturing(
          "waitpid", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle SYSCALL =
      NativeLinker.capturingVariadic(
          "syscall",
          FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
          1);

  private final MemorySegment capture = NativeLinker.capture(Arena.ofAuto());
  private final MemorySegment status = Arena.ofAuto().allocate(JAVA_INT);

  /**
   * One ptrace request.
   *
   * @throws NativeException when the kernel refuses
   */
  void ptrace(int request, int tid, MemorySegment data) {
    long result;
    try {
      result = (long) PTRACE.invokeExact(capture, (long) request, tid, MemorySegment.NULL, data);
    } catch (Throwable t) {
      throw NativeLinker.impossible(t);
    }
    if (result < 0) {
      throw new NativeException(
          "ptrace", NativeLinker.errno(capture), "request " + request + " on thread " + tid);
    }
  }

  /** As {@link #ptrace(int, int, MemorySegment)}, with a number (a signal, options) as data. */
  void ptrace(int request, int tid, long data) {
    ptrace(request, tid, MemorySegment.ofAddress(data));
  }

  /** The thread's wait status, or -1 when it has not changed. Does not block. */
  int pollStatus(int tid) {
    int result;
    try {
      result = (int) WAITPID.invokeExact(capture, tid, status, WNOHANG | WALL);
    } catch (Throwable t) {
      throw NativeLinker.impossible(t);
    }
    if (result < 0) {
      throw new NativeException("waitpid", NativeLinker.errno(capture), "thread " + tid);
    }
    return result == 0 ? -1 : status.get(JAVA_INT, 0);
  }

  /** Sends a signal to one thread; a thread that is gone has no use for it. */
  void signal(int pid, int tid, int signal) {
    try {
      long unused =
          (long) SYSCALL.invokeExact(capture, SYS_TGKILL, (long) pid, (long) tid, (long) signal);
    } catch (Throwable t) {
      throw NativeLinker.impossible(t);
    }
  }
}
