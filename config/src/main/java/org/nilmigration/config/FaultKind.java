package org.nilmigration.config;

import java.util.Arrays;

/**
 * Category of a fault; its exit code is what a command ends with (after BSD {@code sysexits.h}).
 */
public enum FaultKind {
  /** Anything that no other kind names. */
  ERROR(1),
  /** The command line was wrong. */
  USAGE(64),
  /** Something this machine or cluster must provide is not there: QEMU, a kernel feature, room. */
  UNAVAILABLE(69),
  /** The same request can succeed a little later. */
  TRY_AGAIN(75),
  /** A configuration value is wrong. */
  CONFIG(78),
  /** The named host, guest, operation or record does not exist. */
  NO_SUCH(105),
  /** ZooKeeper has no quorum or does not answer: nothing may change owner. */
  NO_QUORUM(106),
  /**
   * Refused because state that others rely on could be lost; forcing it is the operator's decision.
   */
  UNSAFE(107),
  /** It did not happen within its time. */
  TIMEOUT(124);

  private final int exitCode;

  FaultKind(int exitCode) {
    this.exitCode = exitCode;
  }

  /** The kind with that exit code, ERROR when none has it. */
  public static FaultKind of(int exitCode) {
    return Arrays.stream(values())
        .filter(kind -> kind.exitCode == exitCode)
        .findFirst()
        .orElse(ERROR);
  }

  public int exitCode() {
    return exitCode;
  }
}
