package org.nilmigration.migration.qemu;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * A process that dies with the thread that started it, and that no key pressed on our terminal
 * reaches: {@code setsid setpriv --pdeathsig KILL -- PROGRAM ...}, each of which becomes the next,
 * so that the process id stays. Its standard error goes to a file. Any thread.
 */
final class QemuProcess {
  private static final long KILL_SECONDS_MAX = 30;
  private static final long STDERR_TAIL_BYTES = 4096;

  private final Process process;
  private final Path stderr;

  private QemuProcess(Process process, Path stderr) {
    this.process = process;
    this.stderr = stderr;
  }

  /** Starts it. On the thread {@code hypervisor-native}, see {@link NativeThread}. */
  static QemuProcess spawn(Path program, List<String> arguments, Path stderr) {
    List<String> command = new ArrayList<>();
    command.add(QemuBinary.utility("setsid").toString());
    command.add(QemuBinary.utility("setpriv").toString());
    command.addAll(List.of("--pdeathsig", "KILL", "--", program.toString()));
    command.addAll(arguments);
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectInput(new File("/dev/null"))
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(stderr.toFile())
              .start();
      return new QemuProcess(process, stderr);
    } catch (IOException e) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          program + " could not be started (" + e.getMessage() + "); expected room for a process.",
          e);
    }
  }

  int pid() {
    return (int) process.pid();
  }

  boolean alive() {
    return process.isAlive();
  }

  /** Waits for the end and returns the exit code, 128 + signal number after a signal. */
  int awaitExit() throws InterruptedException {
    return process.waitFor();
  }

  /** SIGKILL, then waits until the process is gone. */
  void kill() {
    process.destroyForcibly();
    try {
      if (!process.waitFor(KILL_SECONDS_MAX, TimeUnit.SECONDS)) {
        throw new FaultException(
            FaultKind.TIMEOUT,
            "Process "
                + process.pid()
                + " is still there "
                + KILL_SECONDS_MAX
                + " s after SIGKILL; look for a hanging device or file system (state D).");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FaultException(
          FaultKind.ERROR,
          "Interrupted while waiting for process " + process.pid() + " to end.",
          e);
    }
  }

  /** Last non-empty line of its standard error, "" when there is none. */
  String lastWords() {
    try (var channel = Files.newByteChannel(stderr)) {
      long size = channel.size();
      channel.position(Math.max(0, size - STDERR_TAIL_BYTES));
      var tail = ByteBuffer.allocate((int) Math.min(size, STDERR_TAIL_BYTES));
      while (tail.hasRemaining() && channel.read(tail) > 0) {
        // until the file ends
      }
      return new String(tail.array(), 0, tail.position(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.isBlank())
          .reduce("", (earlier, later) -> later)
          .strip();
    } catch (IOException e) {
      return "";
    }
  }
}
