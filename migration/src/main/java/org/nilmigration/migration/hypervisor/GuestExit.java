package org.nilmigration.migration.hypervisor;

import java.util.Objects;

/**
 * How a guest process ended.
 *
 * @param code exit code of the process, 128 + signal number when a signal ended it, -1 for one that
 *     an earlier run of the daemon started: only its parent learns it
 * @param cause what that means for the guest
 * @param lastStderr last non-empty line the process wrote to its standard error, "" when none
 */
public record GuestExit(int code, Cause cause, String lastStderr) {

  /** Why the process is gone. */
  public enum Cause {
    /** The guest powered itself off, or was asked to and did. */
    GUEST_SHUTDOWN,
    /** {@link GuestProcess#kill()} or {@link GuestProcess#close()} ended it. */
    KILLED,
    /** Anything else: the process failed, or a stranger's signal ended it. */
    CRASHED
  }

  public GuestExit {
    Objects.requireNonNull(cause, "cause");
    Objects.requireNonNull(lastStderr, "lastStderr");
  }

  /** One clause for a log line or a fault: cause, exit code and last words. */
  public String describe() {
    String words =
        lastStderr.isEmpty() ? "no word on its standard error" : "last words: " + lastStderr;
    return switch (cause) {
      case GUEST_SHUTDOWN -> "the guest shut itself down (exit code " + code + ")";
      case KILLED -> "it was killed by its host (exit code " + code + ")";
      case CRASHED -> "it ended by itself with exit code " + code + "; " + words;
    };
  }
}
