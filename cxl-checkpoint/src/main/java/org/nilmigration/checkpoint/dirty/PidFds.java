package org.nilmigration.checkpoint.dirty;

import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/** Brings a file descriptor of another process into this one. Any thread. */
public final class PidFds {
  private PidFds() {}

  /**
   * Duplicates descriptor {@code remoteFd} of process {@code pid} (pidfd_getfd(2), Linux 5.6).
   *
   * @return the descriptor here, close-on-exec, owned by the caller
   * @throws FaultException UNAVAILABLE with the remedy
   */
  public static int take(int pid, int remoteFd) {
    KernelCalls calls = new KernelCalls();
    long pidfd = calls.syscall(KernelCalls.SYS_PIDFD_OPEN, pid, 0, 0);
    if (pidfd < 0) {
      throw refused("pidfd_open", (int) -pidfd, pid, remoteFd);
    }
    long fd = calls.syscall(KernelCalls.SYS_PIDFD_GETFD, pidfd, remoteFd, 0);
    calls.close((int) pidfd);
    if (fd < 0) {
      throw refused("pidfd_getfd", (int) -fd, pid, remoteFd);
    }
    return (int) fd;
  }

  private static FaultException refused(String call, int errno, int pid, int remoteFd) {
    String why =
        switch (errno) {
          case KernelCalls.ESRCH -> "the process is gone";
          case KernelCalls.EPERM ->
              "this process may not trace it; run nild as root (CAP_SYS_PTRACE) and set"
                  + " kernel.yama.ptrace_scope below 3";
          case KernelCalls.EBADF -> "it has no such descriptor";
          case KernelCalls.ENOSYS -> "this kernel is older than Linux 5.6; boot Linux 6.7 or newer";
          default -> "expected success on Linux 6.7 or newer";
        };
    return new FaultException(
        FaultKind.UNAVAILABLE,
        "Descriptor "
            + remoteFd
            + " of process "
            + pid
            + " cannot be taken over: "
            + call
            + " failed with errno "
            + errno
            + ": "
            + why
            + ".");
  }
}
