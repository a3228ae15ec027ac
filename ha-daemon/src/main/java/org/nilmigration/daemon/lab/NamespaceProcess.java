package org.nilmigration.daemon.lab;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * A program as process 1 of a PID namespace of its own, with a network namespace of its own.
 * SIGKILL of that process makes the kernel kill every other process of the namespace; the
 * namespace's end is the end of {@link #launcher}.
 */
final class NamespaceProcess {
  // setsid keeps Ctrl-C of the terminal away from the hosts: the lab ends them itself. setpriv and
  // --kill-child end the namespace when the thread that started it ends, even by SIGKILL.
  private static final List<String> NAMESPACE =
      List.of(
          "setpriv",
          "--pdeathsig",
          "KILL",
          "--",
          "setsid",
          "--",
          "unshare",
          "--net",
          "--pid",
          "--fork",
          "--mount-proc",
          "--kill-child",
          "--");
  private static final Duration DEATH_WITHIN = Duration.ofSeconds(20);

  private final Process launcher;

  private NamespaceProcess(Process launcher) {
    this.launcher = launcher;
  }

  /**
   * Starts the program.
   *
   * @param log file that its output is appended to
   * @param spawner runs on one thread that lives longer than the program
   */
  static NamespaceProcess start(List<String> program, Path log, ExecutorService spawner) {
    List<String> command = new ArrayList<>(NAMESPACE);
    command.addAll(program);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(new File("/dev/null"))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    Callable<Process> start = builder::start;
    try {
      return new NamespaceProcess(spawner.submit(start).get());
    } catch (ExecutionException e) {
      throw new FaultException(
          e.getCause() instanceof IOException ? FaultKind.UNAVAILABLE : FaultKind.ERROR,
          "starting a host with '%s' failed: %s; expected setpriv, setsid and unshare (package util-linux) in PATH"
              .formatted(String.join(" ", NAMESPACE), e.getCause().getMessage()),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FaultException(FaultKind.ERROR, "interrupted while starting a host", e);
    }
  }

  boolean alive() {
    return launcher.isAlive();
  }

  /**
   * Process 1 of the namespace, as seen from outside; empty before it is there and after it ended.
   */
  Optional<ProcessHandle> init() {
    return launcher.toHandle().children().findFirst();
  }

  /**
   * Kills the whole namespace and waits until nothing of it is left. Process 1 gets the first
   * SIGKILL and would take all others with it; they get one each all the same, because the end of a
   * large process 1 takes a while and a crashed host does not go on in parts.
   */
  LabHost.Killed kill() {
    Optional<ProcessHandle> init = init();
    List<ProcessHandle> others = init.map(first -> first.descendants().toList()).orElse(List.of());
    long first = System.nanoTime();
    init.ifPresent(ProcessHandle::destroyForcibly);
    others.forEach(ProcessHandle::destroyForcibly);
    if (init.isEmpty()) {
      launcher.destroyForcibly();
    }
    long last = System.nanoTime();
    if (!ended(DEATH_WITHIN)) {
      throw new FaultException(
          FaultKind.ERROR,
          "host process %d still exists %d s after SIGKILL; a process of it hangs in the kernel, see /proc/%d/stack"
              .formatted(launcher.pid(), DEATH_WITHIN.toSeconds(), launcher.pid()));
    }
    return new LabHost.Killed(first, last);
  }

  /** Asks process 1 to end (SIGTERM). Returns whether the namespace was gone in time. */
  boolean terminate(Duration within) {
    init().ifPresent(ProcessHandle::destroy);
    return ended(within);
  }

  private boolean ended(Duration within) {
    try {
      return launcher.waitFor(within.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return !launcher.isAlive();
    }
  }
}
