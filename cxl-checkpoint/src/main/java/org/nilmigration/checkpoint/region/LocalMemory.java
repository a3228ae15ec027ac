package org.nilmigration.checkpoint.region;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.memory.Reserve;
import org.nilmigration.config.ByteSize;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * This host's own memory for guests: a private directory on a memory file system, {@code
 * DIRECTORY/GUEST/IMAGE}. Images have the names that they would have in the region. One daemon at a
 * time holds it. Thread-safe.
 */
public final class LocalMemory implements AutoCloseable {
  private static final Set<String> MEMORY = Set.of("tmpfs", "hugetlbfs", "ramfs");
  private static final String LOCK = ".lock";

  private final Path directory;
  private final FileChannel lock;

  private LocalMemory(Path directory, FileChannel lock) {
    this.directory = directory;
    this.lock = lock;
  }

  /**
   * Makes the directory (0700) where it is missing, and locks it.
   *
   * @throws FaultException CONFIG when it is not private or not in memory; UNAVAILABLE when another
   *     daemon holds it or it cannot be used
   */
  public static LocalMemory open(Path directory) {
    try {
      if (Files.notExists(directory, LinkOption.NOFOLLOW_LINKS)) {
        Directories.make(directory);
      }
      check(directory);
      return new LocalMemory(directory, lock(directory));
    } catch (IOException e) {
      throw unusable(directory, e);
    }
  }

  /**
   * Looks at a directory, or at the one that it would be made in, and changes nothing.
   *
   * @throws FaultException as {@link #open}
   */
  public static void check(Path directory) {
    try {
      boolean there = Files.exists(directory, LinkOption.NOFOLLOW_LINKS);
      if (there) {
        requirePrivate(directory);
      }
      String type = Files.getFileStore(there ? directory : directory.getParent()).type();
      if (!MEMORY.contains(type)) {
        throw new FaultException(
            FaultKind.CONFIG,
            "key 'memory.local': found %s on a file system of type %s, expected one in memory (tmpfs, hugetlbfs); name a directory on one, such as one in /dev/shm"
                .formatted(directory, type));
      }
    } catch (IOException e) {
      throw unusable(directory, e);
    }
  }

  /** Anybody may make names in /dev/shm, so what is there may be a stranger's. */
  private static void requirePrivate(Path directory) throws IOException {
    boolean plain = Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS);
    var permissions =
        plain ? PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)) : "";
    Object owner = Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    Object user = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    if (!plain || !permissions.equals("rwx------") || !owner.equals(user)) {
      throw new FaultException(
          FaultKind.CONFIG,
          "key 'memory.local': found %s of user %s at %s, expected a directory rwx------ of user %s, for guests' memory is in it; remove it, or name another directory"
              .formatted(
                  plain ? "a directory " + permissions : "something that is no directory",
                  owner,
                  directory,
                  user));
    }
  }

  private static FileChannel lock(Path directory) throws IOException {
    FileChannel channel =
        FileChannel.open(
            directory.resolve(LOCK),
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try {
      if (channel.tryLock() != null) {
        return channel;
      }
    } catch (OverlappingFileLockException heldByThisProcess) {
      // The sentence below holds for this process, too.
    }
    channel.close();
    throw new FaultException(
        FaultKind.UNAVAILABLE,
        "key 'memory.local': another nild holds %s, expected none; give this host a directory of its own"
            .formatted(directory));
  }

  /**
   * Makes an image of a guest's memory, sparse, zeros.
   *
   * @throws FaultException UNAVAILABLE when the file system has not that much room left
   */
  public MappedFile createImage(String guest, String fileName, long bytes) {
    Path path = imagePath(guest, fileName);
    requireRoom(path, bytes);
    Directories.make(path.getParent());
    return MappedFile.create(path, bytes, Reserve.SPARSE);
  }

  public Path imagePath(String guest, String fileName) {
    RegionNames.require(
        RegionNames.isGuest(guest), "a guest", guest, "lower-case letters, digits and hyphens");
    RegionNames.require(
        RegionNames.isImage(fileName),
        "an image",
        fileName,
        "a form like " + GuestRegion.imageName(1, 1));
    return directory.resolve(guest).resolve(fileName);
  }

  private void requireRoom(Path path, long needed) {
    long free = freeBytes();
    if (needed > free) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "%s: no room in this host's own memory: needed %s, found %s free; move or stop other guests here, or give the file system of 'memory.local' more"
              .formatted(path, new ByteSize(needed), new ByteSize(free)));
    }
  }

  /** What the file system has left, bytes. */
  public long freeBytes() {
    try {
      return Files.getFileStore(directory).getUsableSpace();
    } catch (IOException e) {
      throw unusable(directory, e);
    }
  }

  /** Removes the images of all other guests: those died with an earlier run of the daemon. */
  public void retain(Set<String> guests) {
    Directories.names(directory).stream()
        .filter(name -> RegionNames.isGuest(name) && !guests.contains(name))
        .forEach(this::remove);
  }

  /**
   * Maps an image that is there.
   *
   * @throws FaultException when it is not, or has another size
   */
  public MappedFile openImage(String guest, String fileName, long bytes) {
    return MappedFile.open(imagePath(guest, fileName), bytes);
  }

  /** Removes all images of a guest; those who map them keep what they mapped. Idempotent. */
  public void remove(String guest) {
    Path images = directory.resolve(guest);
    if (Files.isDirectory(images, LinkOption.NOFOLLOW_LINKS)) {
      Directories.remove(images);
    }
  }

  /** Lets another daemon have the directory. */
  @Override
  public void close() {
    try {
      lock.close();
    } catch (IOException e) {
      throw unusable(directory, e);
    }
  }

  private static FaultException unusable(Path directory, IOException e) {
    return new FaultException(
        FaultKind.UNAVAILABLE,
        "key 'memory.local': %s cannot be used (%s); correct its permissions or name another directory"
            .formatted(directory, e),
        e);
  }
}
