package org.nilmigration.daemon.bench.section;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a set of processes holds. Source: {@code /proc/PID/status} and {@code /proc/PID/fd}.
 *
 * @param anonymousBytes private memory in RAM, shared files left out
 * @param descriptors open file descriptors
 * @param threads threads
 */
record Footprint(long anonymousBytes, long descriptors, long threads) {

  static Footprint of(List<ProcessHandle> processes) {
    Footprint sum = new Footprint(0, 0, 0);
    for (ProcessHandle process : processes) {
      sum = sum.plus(of(process.pid()));
    }
    return sum;
  }

  private static Footprint of(long pid) {
    Path proc = Path.of("/proc", Long.toString(pid));
    try (Stream<Path> descriptors = Files.list(proc.resolve("fd"))) {
      List<String> status = Files.readAllLines(proc.resolve("status"));
      return new Footprint(
          field(status, "RssAnon:") * 1024, descriptors.count(), field(status, "Threads:"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long field(List<String> status, String name) {
    String line = status.stream().filter(l -> l.startsWith(name)).findFirst().orElseThrow();
    return Long.parseLong(line.substring(name.length()).replace("kB", "").strip());
  }

  private Footprint plus(Footprint other) {
    return new Footprint(
        anonymousBytes + other.anonymousBytes,
        descriptors + other.descriptors,
        threads + other.threads);
  }
}
