package org.nilmigration.migration.qemu;

import java.util.function.Function;
import org.nilmigration.checkpoint.dirty.PidFds;
import org.nilmigration.checkpoint.memory.NativeException;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/** System calls run inside a QEMU process. Only on the thread {@code hypervisor-native}. */
final class RemoteSyscalls {
  private static final int EPERM = 1;
  private static final int ESRCH = 3;
  private static final long SYS_CLOSE = 3;
  private static final long SYS_GETPID = 39;
  private static final long SYS_USERFAULTFD = 323;
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
