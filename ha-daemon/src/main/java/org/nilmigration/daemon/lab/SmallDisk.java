package org.nilmigration.daemon.lab;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.nilmigration.config.ByteSize;

/**
 * A small file system in memory (tmpfs) that can be full. Seen by this process and by hosts that
 * start while it is mounted; gone with the last of them, for this process has its own mounts.
 */
public final class SmallDisk implements AutoCloseable {
  private static final String BALLAST = "ballast";

  private final Path directory;

  private SmallDisk(Path directory) {
    this.directory = directory;
  }

  /** Mounts it over a directory that exists. */
  public static SmallDisk mount(Path directory, ByteSize size) {
    String options = "size=%d,mode=0700".formatted(size.bytes());
    Commands.run(List.of("mount", "-t", "tmpfs", "-o", options, "nil-lab", directory.toString()));
    return new SmallDisk(directory);
  }

  /** Leaves no room at all. */
  public void fill() {
    byte[] page = new byte[4096];
    try (OutputStream ballast = Files.newOutputStream(directory.resolve(BALLAST))) {
      while (true) {
        ballast.write(page);
      }
    } catch (IOException full) {
      requireFull(full);
    }
  }

  private void requireFull(IOException failure) {
    try {
      long free = Files.getFileStore(directory).getUsableSpace();
      if (free > 0) {
        throw new UncheckedIOException(
            directory + " has still room for " + free + " bytes", failure);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Gives back the room that {@link #fill} took. */
  public void free() {
    try {
      Files.delete(directory.resolve(BALLAST));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    Commands.run(List.of("umount", directory.toString()));
  }
}
