package org.nilmigration.daemon.bench.guest;

import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.daemon.lab.ConsoleLog;

/**
 * A guest that rewrites some of its memory again and again and does nothing else. How fast it does
 * is read from its console by this machine's clock: the guest's own stands still in pauses.
 */
public final class HotLoad {
  private static final Pattern LINE = Pattern.compile("(?m)^hot ([0-9]{1,18})\r?\n");
  private static final int LINES_OF_A_BOOTED_GUEST = 20;
  private static final long LOOK_EVERY_MILLIS = 5;

  private final Path console;

  public HotLoad(Path console) {
    this.console = console;
  }

  /** Words for the kernel command line of a guest that rewrites that many KiB. */
  public static String programs(int kib) {
    return "nil.hot=" + kib + " nil.tick=3600"; // the counter would write memory, too
  }

  static boolean wanted(String kernelCommandLine) {
    return kernelCommandLine.contains("nil.hot=");
  }

  static boolean runs(Path console) {
    return LINE.matcher(ConsoleLog.text(console)).results().count() >= LINES_OF_A_BOOTED_GUEST;
  }

  /**
   * Watches the console, on the caller's thread.
   *
   * @return time of one pass over the memory, in milliseconds
   */
  public double passMillis(Duration watched) throws InterruptedException {
    long deadline = System.nanoTime() + watched.toNanos();
    long passes = passes();
    Seen first = null;
    Seen last = null;
    while (System.nanoTime() - deadline < 0) {
      Thread.sleep(LOOK_EVERY_MILLIS);
      Seen now = new Seen(System.nanoTime(), passes());
      if (now.passes() != passes) {
        passes = now.passes();
        first = first == null ? now : first;
        last = now;
      }
    }
    if (first == null || first.equals(last)) {
      throw fault("two lines 'hot N' within " + watched, "'hot " + passes + "'");
    }
    return (last.nanos() - first.nanos()) / 1e6 / (last.passes() - first.passes());
  }

  /** What was done when. */
  private record Seen(long nanos, long passes) {}

  private long passes() {
    String text = ConsoleLog.text(console);
    int start = Math.max(0, text.lastIndexOf("hot ", text.lastIndexOf('\n')));
    Matcher line = LINE.matcher(text);
    if (!line.find(start)) {
      throw fault("a line 'hot N'", "'" + text.substring(start).strip() + "'");
    }
    return Long.parseLong(line.group(1));
  }

  private FaultException fault(String expected, String found) {
    return new FaultException(
        FaultKind.ERROR,
        "a guest that rewrites its memory: expected %s, found %s at the end of %s"
            .formatted(expected, found, console));
  }
}
