package org.nilmigration.daemon.nilctl;

import java.io.Console;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code --[no-]wait} and {@code --timeout}: whether the command returns when the thing is done.
 */
final class WaitOptions {
  private static final long LOOK_EVERY_MILLIS = 100;

  @Option(
      names = "--wait",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description = "return when it is done (the default), or at once")
  private boolean wait;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      defaultValue = "60s",
      converter = DurationConverter.class,
      description = "how long to wait, such as 500ms, 30s or 2m (default: ${DEFAULT-VALUE})")
  private Duration timeout;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  boolean waits() {
    return wait;
  }

  /**
   * Looks until there is something to see.
   *
   * @param what for people, such as "guest web starts"
   * @param look empty to look again
   * @throws FaultException TIMEOUT
   */
  <T> T until(String what, Supplier<Optional<T>> look) {
    return until(() -> what, look);
  }

  /** After so long nobody cares any more. */
  long timeoutMillis() {
    return Math.max(1, timeout.toMillis());
  }

  /** As {@link #until(String, Supplier)}, for what changes while it is waited for. */
  <T> T until(Supplier<String> what, Supplier<Optional<T>> look) {
    return until(Duration.ZERO, what, look);
  }

  /**
   * As {@link #until(Supplier, Supplier)}, for what ends by itself when the time is over.
   *
   * @param grace time to end
   */
  <T> T until(Duration grace, Supplier<String> what, Supplier<Optional<T>> look) {
    Duration limit = timeout.plus(grace);
    long began = System.nanoTime();
    boolean told = false;
    try {
      while (true) {
        Optional<T> seen = look.get();
        if (seen.isPresent()) {
          return seen.get();
        }
        Duration waited = Duration.ofNanos(System.nanoTime() - began);
        if (waited.compareTo(limit) >= 0) {
          throw new FaultException(
              FaultKind.TIMEOUT,
              "%s: not done after %s; it goes on, and --timeout waits longer"
                  .formatted(what.get(), DurationConverter.text(limit)));
        }
        told = true;
        progress("%s, %d s ".formatted(what.get(), waited.toSeconds()));
        Thread.sleep(LOOK_EVERY_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FaultException(FaultKind.ERROR, what.get() + ": stopped waiting", e);
    } finally {
      if (told) {
        progress("\u001b[K");
      }
    }
  }

  /** A line that stays, on standard error. */
  synchronized void say(String line) {
    progress("\u001b[K");
    PrintWriter err = command.commandLine().getErr();
    err.println(line);
    err.flush();
  }

  private synchronized void progress(String text) {
    if (Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent()) {
      PrintWriter err = command.commandLine().getErr();
      err.print("\r" + text);
      err.flush();
    }
  }
}
