package org.nilmigration.daemon.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Shows on standard error what is being done: one line that is drawn again on a terminal, a line
 * per step elsewhere.
 */
public final class Progress implements AutoCloseable {
  private static final String CLEAR_LINE = "\r\033[K";
  private static final long REDRAW_MILLIS = 200;

  private final String name;
  private final PrintStream out;
  private final int steps;
  private final boolean terminal;
  private final long beganNanos = System.nanoTime();
  private int step;
  private String text = "";
  private boolean closed;

  Progress(String name, PrintStream out, boolean terminal, int steps) {
    this.name = name;
    this.out = out;
    this.terminal = terminal;
    this.steps = steps;
    if (terminal) {
      Thread.ofPlatform().daemon(true).name("progress").start(this::redraw);
    }
  }

  /** Shows the steps of what {@code name} does on standard error. */
  public static Progress onStandardError(String name, int steps) {
    return new Progress(name, System.err, onTerminal(), steps);
  }

  private static boolean onTerminal() {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException e) {
      return false;
    }
  }

  /** Begins the next step. */
  public synchronized void step(String what) {
    step++;
    detail(what);
  }

  /** Says what the step is doing now. */
  public synchronized void detail(String what) {
    text = what;
    if (terminal) {
      draw();
    } else {
      out.println(line());
    }
  }

  private synchronized void redraw() {
    try {
      while (!closed) {
        draw();
        wait(REDRAW_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void draw() {
    out.print(CLEAR_LINE + line());
    out.flush();
  }

  private String line() {
    return String.format(
        Locale.ROOT,
        "%s %5.1f s  [%d/%d] %s",
        name,
        (System.nanoTime() - beganNanos) / 1e9,
        step,
        steps,
        text);
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    notifyAll();
    if (terminal) {
      out.print(CLEAR_LINE);
      out.flush();
    }
  }
}
