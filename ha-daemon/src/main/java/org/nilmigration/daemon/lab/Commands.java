package org.nilmigration.daemon.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/** Runs short programs of this machine to their end. */
final class Commands {
  private Commands() {}

  /** Runs a program; what it says is part of the fault when it fails. */
  static void run(List<String> command) {
    Result result = attempt(command);
    if (result.code() != 0) {
      throw new FaultException(
          FaultKind.ERROR,
          "'%s' ended with exit code %d, expected 0; it said: %s"
              .formatted(String.join(" ", command), result.code(), result.said()));
    }
  }

  /** What a program said, on both of its outputs. */
  record Result(int code, String said) {}

  static Result attempt(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Result(process.waitFor(), said.strip());
    } catch (IOException e) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "cannot run '%s': %s; install it with bin/setup"
              .formatted(String.join(" ", command), e.getMessage()),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FaultException(
          FaultKind.ERROR, "interrupted while '%s' ran".formatted(String.join(" ", command)), e);
    }
  }
}
