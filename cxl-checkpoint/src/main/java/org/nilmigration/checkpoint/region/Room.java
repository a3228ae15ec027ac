package org.nilmigration.checkpoint.region;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.nilmigration.checkpoint.memory.Reserve;
import org.nilmigration.config.ByteSize;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * Whether a file still fits. Sparse files count with their apparent size, because a guest fills its
 * image sooner or later; reserved ones need free memory in the file system now, too. Two hosts may
 * both pass the check at once: then the reservation of the later one fails, with the same sentence.
 */
final class Room {
  private final Path region;
  private final long capacityBytes;

  Room(Path region, long capacityBytes) {
    this.region = region;
    this.capacityBytes = capacityBytes;
  }

  /** Throws UNAVAILABLE when {@code needed} more bytes do not fit. */
  void require(Path file, long needed, Reserve reserve) {
    refuse(file, needed, capacityBytes - Directories.bytes(region), "of its capacity");
    if (reserve == Reserve.RESERVED) {
      refuse(file, needed, usable(), "in its file system");
    }
  }

  private void refuse(Path file, long needed, long free, String where) {
    if (needed > free) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          file
              + ": region full: needed "
              + new ByteSize(needed)
              + ", found "
              + new ByteSize(Math.max(free, 0))
              + " free "
              + where
              + "; remove guests, or format a larger region ("
              + region
              + " has "
              + new ByteSize(capacityBytes)
              + ")");
    }
  }

  private long usable() {
    try {
      return Files.getFileStore(region).getUsableSpace();
    } catch (IOException e) {
      throw new FaultException(
          FaultKind.ERROR, region + ": free space cannot be found out: " + e, e);
    }
  }
}
