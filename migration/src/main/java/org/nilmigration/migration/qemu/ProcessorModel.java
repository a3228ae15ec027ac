package org.nilmigration.migration.qemu;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The processors of this machine, by the kernel's name of them. */
final class ProcessorModel {
  private static final Path CPUINFO = Path.of("/proc/cpuinfo");
  private static final String KEY = "model name";

  private ProcessorModel() {}

  static String name() {
    try (Stream<String> lines = Files.lines(CPUINFO)) {
      return lines
          .filter(line -> line.startsWith(KEY))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
