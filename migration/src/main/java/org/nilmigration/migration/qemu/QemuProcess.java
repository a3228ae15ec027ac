package org.nilmigration.migration.qemu;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * A process without our real-time priority that no key pressed on our terminal reaches ({@code chrt
 * --other 0 setsid PROGRAM ...}, each of which becomes the next, so that the process id stays): a
 * child, or one that an earlier run of the daemon left. Its standard error goes to a file. Any
 * thread.
 */
final class QemuProcess {
  private static final long KILL_SECONDS_MAX = 30;
  private static final long LOOK_MILLIS = 5;
  private static final long STDERR_TAIL_BYTES = 4096;

  private final ProcessHandle handle;
  private final Process child;
  private final Path stderr;

  private QemuProcess(ProcessHandle handle, Process child, Path stderr) {
    this.handle = handle;
    this.child = child;
    this.stderr = stderr;
  }

  /** What becomes of a process when the daemon dies. */
  enum Orphan {
    /** The kernel kills it when the thread that started it ends. */
    DIES,
    /** It runs on. */
    LIVES
  }

  /** Starts it. On the thread {@code hypervisor-native}, see {@link NativeThread}. */
  static QemuProcess spawn(Path program, List<String> arguments, Path stderr, Orphan orphan) {
    List<String> command = new ArrayList<>();
    command.addAll(List.of(QemuBinary.utility("chrt").toString(), "--other", "0"));
    command.add(QemuBinary.utility("setsid").toString());
    if (orphan == Orphan.DIES) {
      command.add(QemuBinary.utility("setpriv").toString());
      command.addAll(List.of("--pdeathsig", "KILL", "--"));
    }
    command.add(program.toString());
    command.addAll(arguments);
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectInput(new File("/dev/null"))
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(stderr.toFile())
              .start();
      return new QemuProcess(process.toHandle(), process, stderr);
    } catch (IOException e) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          program + " could not be started (" + e.getMessage() + "); expected room for a process.",
          e);
    }
  }

  /** One that runs already and is no child of this process. */
  static QemuProcess left(ProcessHandle handle, Path stderr) {
    return new QemuProcess(handle, null, stderr);
  }

  int pid() {
    return (int) handle.pid();
  }

  boolean alive() {
    return child == null ? handle.isAlive() : child.isAlive();
  }

  /**
   * Waits for the end and returns the exit code, 128 + signal number after a signal; empty for a
   * process that is no child, whose code only its parent learns.
   */
  OptionalInt awaitExit() throws InterruptedException {
    if (child != null) {
      return OptionalInt.of(child.waitFor());
    }
    while (handle.isAlive()) {
      Thread.sleep(LOOK_MILLIS);
    }
    return OptionalInt.empty();
  }

  private boolean ends(Duration within) throws InterruptedException {
    if (child != null) {
      return child.waitFor(within.toMillis(), TimeUnit.MILLISECONDS);
    }
    long until = System.nanoTime() + within.toNanos();
    while (handle.isAlive() && System.nanoTime() - until < 0) {
      Thread.sleep(LOOK_MILLIS);
    }
    return !handle.isAlive();
  }

  /** SIGKILL, then waits until the process is gone. */
  void kill() {
    handle.destroyForcibly();
    try {
      if (!ends(Duration.ofSeconds(KILL_SECONDS_MAX))) {
        throw new FaultException(
            FaultKind.TIMEOUT,
            "Process "
                + handle.pid()
                + " is still there "
                + KILL_SECONDS_MAX
                + " s after SIGKILL; look for a hanging device or file system (state D).");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FaultException(
          FaultKind.ERROR, "Interrupted while waiting for process " + handle.pid() + " to end.", e);
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
