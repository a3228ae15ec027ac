package org.nilmigration.migration.qemu;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.nilmigration.checkpoint.dirty.PidFds;
import org.nilmigration.checkpoint.dirty.TrackedRange;
import org.nilmigration.checkpoint.memory.NativeException;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/** System calls run inside a QEMU process. Only on the thread {@code hypervisor-native}. */
final class RemoteSyscalls {
  private static final int EPERM = 1;
  private static final int ESRCH = 3;
  private static final long SYS_CLOSE = 3;
  private static final long SYS_MMAP = 9;
  private static final long SYS_MUNMAP = 11;
  private static final long SYS_MADVISE = 28;
  private static final long SYS_GETPID = 39;
  private static final long SYS_OPENAT = 257;
  private static final long SYS_DUP3 = 292;
  private static final long SYS_USERFAULTFD = 323;
  private static final long AT_FDCWD = -100;
  private static final long O_RDWR = 2;
  private static final long O_CLOEXEC = 0x80000;
  private static final long PROT_READ_WRITE = 3;
  private static final long MAP_SHARED = 1;
  private static final long MAP_PRIVATE = 2;
  private static final long MAP_FIXED = 0x10;
  private static final long MAP_ANONYMOUS = 0x20;
  private static final int PATH_BYTES = 4096;
  private static final long O_CLOEXEC_NONBLOCK = 0x80000 | 0x800;

  private final TraceCalls calls = new TraceCalls();

  /** The process's own answer to getpid(2): shows that injection works. */
  long getpid(int pid) {
    return inside(ProcessMaps.read(pid), thread -> thread.call("getpid", SYS_GETPID));
  }

  /**
   * Makes a userfaultfd inside the process, whose address space it then belongs to, and brings it
   * here. The process's own descriptor is closed again at once: the userfaultfd lives as long as
   * the one returned, so nothing is left in QEMU whatever happens to us.
   *
   * @param maps the process's address space, as of now
   * @return a descriptor of this process, owned by the caller
   */
  int userfaultfd(ProcessMaps maps) {
    int pid = maps.pid();
    return inside(
        maps,
        thread -> {
          int remote = (int) thread.call("userfaultfd", SYS_USERFAULTFD, O_CLOEXEC_NONBLOCK);
          try {
            return PidFds.take(pid, remote);
          } finally {
            thread.call("close", SYS_CLOSE, remote);
          }
        });
  }

  /**
   * Another file for a range of the process's memory.
   *
   * @param descriptors of the process, of the file before: they become descriptors of the new one
   * @param advice for madvise(2), what the mapping before had been given
   */
  record Remap(TrackedRange range, Path file, List<Integer> descriptors, List<Integer> advice) {}

  /**
   * Maps a file over a range, in one stop of the thread. A fault says nothing about what was done
   * before it: the caller looks at the process's mappings.
   *
   * @param maps the process's address space, as of now
   */
  void remap(ProcessMaps maps, Remap to) {
    byte[] path = (to.file() + "\0").getBytes(StandardCharsets.UTF_8);
    if (path.length > PATH_BYTES) {
      throw new IllegalArgumentException("path of " + path.length + " bytes");
    }
    inside(
        maps,
        thread -> {
          long page =
              thread.call(
                  "mmap",
                  SYS_MMAP,
                  0,
                  PATH_BYTES,
                  PROT_READ_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS,
                  -1,
                  0);
          try {
            maps.write(page, path);
            remap(thread, to, page);
          } finally {
            thread.call("munmap", SYS_MUNMAP, page, PATH_BYTES);
          }
          return null;
        });
  }

  private static void remap(StoppedThread thread, Remap to, long path) {
    long start = to.range().hostVirtualStart();
    long length = to.range().length();
    long file = thread.call("openat", SYS_OPENAT, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
    try {
      thread.call(
          "mmap", SYS_MMAP, start, length, PROT_READ_WRITE, MAP_SHARED | MAP_FIXED, file, 0);
      to.advice().forEach(advice -> thread.call("madvise", SYS_MADVISE, start, length, advice));
      to.descriptors().forEach(before -> thread.call("dup3", SYS_DUP3, file, before, O_CLOEXEC));
    } finally {
      thread.call("close", SYS_CLOSE, file);
    }
  }

  private <T> T inside(ProcessMaps maps, Function<StoppedThread, T> work) {
    int pid = maps.pid();
    long syscall = maps.syscallInstruction();
    int tid = ProcessMaps.oldestWorker(pid);
    try (StoppedThread thread = StoppedThread.stop(calls, pid, tid, syscall)) {
      return work.apply(thread);
    } catch (NativeException e) {
      String remedy =
          switch (e.errno()) {
            case EPERM ->
                "; this user may not do that: run nild as root (CAP_SYS_PTRACE), with"
                    + " kernel.yama.ptrace_scope below 3 and no other debugger attached to QEMU";
            case ESRCH -> "; QEMU is gone, its last words are in its directory";
            default -> "; expected success on x86-64 Linux 6.7 or newer";
          };
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "A system call could not be run inside QEMU (pid "
              + pid
              + "): "
              + e.getMessage()
              + remedy
              + ".",
          e);
    }
  }
}
