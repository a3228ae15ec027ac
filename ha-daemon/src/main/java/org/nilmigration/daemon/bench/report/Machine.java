package org.nilmigration.daemon.bench.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the figures were measured on. Source: {@code /proc/cpuinfo}, {@code /proc/meminfo}, {@code
 * /proc/sys/kernel/osrelease}, {@code /proc/loadavg}, this JVM and QEMU's own word.
 *
 * @param processor its model
 * @param loadBefore processes that ran or wanted to, on average over the minute before the run
 */
public record Machine(
    String processor,
    int processors,
    long memoryMiB,
    String kernel,
    String java,
    String qemu,
    String accelerator,
    double loadBefore) {

  /**
   * @param qemu its version
   */
  public static Machine here(String qemu, String accelerator) {
    return new Machine(
        find("/proc/cpuinfo", "model name\\s*:\\s*(.*)"),
        Runtime.getRuntime().availableProcessors(),
        Long.parseLong(find("/proc/meminfo", "MemTotal:\\s*(\\d+) kB")) / 1024,
        read("/proc/sys/kernel/osrelease").strip(),
        Runtime.version().toString(),
        qemu,
        accelerator.toLowerCase(Locale.ROOT),
        Double.parseDouble(read("/proc/loadavg").split(" ", 2)[0]));
  }

  private static String find(String file, String line) {
    Matcher found = Pattern.compile(line).matcher(read(file));
    return found.find() ? found.group(1) : "0";
  }

  private static String read(String file) {
    try {
      return Files.readString(Path.of(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
