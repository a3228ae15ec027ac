package org.nilmigration.checkpoint.region;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/** What the region does with directories. Other hosts may add and remove files meanwhile. */
final class Directories {
  private Directories() {}

  /** Makes a directory for its owner only; one that exists is left as it is. */
  static void make(Path directory) {
    try {
      Files.createDirectory(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(directory)) {
        throw fault(directory, "found a file, expected a directory", e);
      }
    } catch (IOException e) {
      throw fault(directory, "cannot be made: " + e, e);
    }
  }

  /** Names in a directory, sorted; none when there is no such directory. */
  static List<String> names(Path directory) {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(p -> p.getFileName().toString()).sorted().toList();
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (NotDirectoryException e) {
      throw fault(directory, "found a file, expected a directory", e);
    } catch (IOException | UncheckedIOException e) {
      throw fault(directory, "cannot be listed: " + e, e);
    }
  }

  /** Sum of the apparent sizes of all files beneath. */
  static long bytes(Path directory) {
    long[] sum = {0};
    walk(directory, (file, attributes) -> sum[0] += attributes.size());
    return sum[0];
  }

  /** Removes a directory and all beneath; nothing when it is gone already. */
  static void remove(Path directory) {
    List<Path> files = new ArrayList<>();
    walk(directory, (file, attributes) -> files.add(file));
    files.forEach(Directories::delete);
    delete(directory);
  }

  static void delete(Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      throw fault(path, "cannot be removed: " + e, e);
    }
  }

  private static void walk(Path directory, FileAction action) {
    try {
      Files.walkFileTree(
          directory,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              action.accept(file, attributes);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
              if (e instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
              }
              throw e;
            }
          });
    } catch (IOException e) {
      throw fault(directory, "cannot be walked: " + e, e);
    }
  }

  private static FaultException fault(Path path, String found, Exception cause) {
    return new FaultException(
        FaultKind.ERROR, path + ": " + found + "; check path and permissions", cause);
  }

  @FunctionalInterface
  private interface FileAction {
    void accept(Path file, BasicFileAttributes attributes);
  }
}
