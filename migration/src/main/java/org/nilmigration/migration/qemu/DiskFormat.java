package org.nilmigration.migration.qemu;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/** Tells QEMU's own disk format from a raw disk, so that QEMU need not guess. */
final class DiskFormat {
  private static final byte[] QCOW2 = {'Q', 'F', 'I', (byte) 0xFB};

  private DiskFormat() {}

  /** {@code qcow2} or {@code raw}. */
  static String of(Path disk) {
    try (InputStream in = Files.newInputStream(disk)) {
      return Arrays.equals(in.readNBytes(QCOW2.length), QCOW2) ? "qcow2" : "raw";
    } catch (IOException e) {
      throw new FaultException(
          FaultKind.CONFIG, "The disk " + disk + " cannot be read (" + e + ").", e);
    }
  }
}
