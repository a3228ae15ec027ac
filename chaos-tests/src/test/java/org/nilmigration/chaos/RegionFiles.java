package org.nilmigration.chaos;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.nilmigration.checkpoint.layout.LogLayout;
import org.nilmigration.checkpoint.layout.RecordLayout;
import org.nilmigration.checkpoint.layout.Words;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.region.GuestRegion;
import org.nilmigration.daemon.api.PlacementDocument;
import org.nilmigration.daemon.lab.Lab;

/**
 * Does to the files of guest g in the region what a program that has no business there might do.
 */
final class RegionFiles {
  private RegionFiles() {}

  static Path slot(Lab lab, String host) {
    return lab.region().resolve("hosts").resolve(host + ".slot");
  }

  static Path log(Lab lab, PlacementDocument p) {
    return directory(lab).resolve(GuestRegion.logName(p.generation(), p.pairing()));
  }

  static Path shadow(Lab lab, PlacementDocument p) throws IOException {
    return others(lab, p, true).getFirst();
  }

  static Path live(Lab lab, PlacementDocument p) throws IOException {
    return others(lab, p, false).getFirst();
  }

  /** A shadow has the pairing in its name; there is no third image while a guest is protected. */
  private static List<Path> others(Lab lab, PlacementDocument p, boolean isShadow)
      throws IOException {
    String shadow = "-p%06d.img".formatted(p.pairing());
    try (Stream<Path> files = Files.list(directory(lab))) {
      return files
          .filter(file -> file.toString().endsWith(".img"))
          .filter(file -> file.toString().endsWith(shadow) == isShadow)
          .toList();
    }
  }

  private static Path directory(Lab lab) {
    return lab.region().resolve("guests/g");
  }

  static void truncate(Path file, long bytes) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(bytes);
    }
  }

  /**
   * Changes the first byte of what every record carries, as soon as it is appended, until told to
   * stop: the standby looks once in a millisecond, so it meets one of them changed.
   */
  static void corrupt(Path log, BooleanSupplier enough) {
    try (MappedFile file = MappedFile.open(log, -1)) {
      var bytes = file.segment();
      long ring = Words.plain(bytes, LogLayout.RING_BYTES);
      long seen = Words.acquire(bytes, LogLayout.APPENDED_POS);
      for (long looks = 1; looks % 100_000 != 0 || !enough.getAsBoolean(); looks++) {
        long appended = Words.acquire(bytes, LogLayout.APPENDED_POS);
        if (appended != seen) {
          long payload = LogLayout.RING + seen % ring + RecordLayout.HEADER_BYTES;
          byte was = bytes.get(ValueLayout.JAVA_BYTE, payload);
          bytes.set(ValueLayout.JAVA_BYTE, payload, (byte) ~was);
          seen = appended;
        }
        Thread.onSpinWait();
      }
    }
  }
}
