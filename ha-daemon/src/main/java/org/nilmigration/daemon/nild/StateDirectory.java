package org.nilmigration.daemon.nild;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Set;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.daemon.api.StateFiles;
import org.nilmigration.daemon.rest.BearerToken;

/**
 * The daemon's private directory, held by one daemon at a time.
 *
 * <p>Files: {@code nild.lock} (locked while the daemon runs), {@code api.token} (the secret of the
 * REST interface), {@code api.url} (where it listens), {@code incarnation} (number of the last
 * run).
 */
final class StateDirectory implements AutoCloseable {
  private static final Set<PosixFilePermission> PRIVATE_DIRECTORY =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> PRIVATE_FILE =
      PosixFilePermissions.fromString("rw-------");
  private static final int TOKEN_BYTES = 32;

  private final Path directory;
  private final FileChannel lock;
  private final BearerToken token;

  private StateDirectory(Path directory, FileChannel lock, BearerToken token) {
    this.directory = directory;
    this.lock = lock;
    this.token = token;
  }

  /**
   * Creates the directory where it is missing, locks it, and creates the token where it is missing.
   *
   * @throws FaultException CONFIG when others could read it, UNAVAILABLE when another daemon holds
   *     it or it cannot be used
   */
  static StateDirectory open(Path directory) {
    try {
      ensurePrivate(directory);
      FileChannel lock = lock(directory);
      try {
        return new StateDirectory(directory, lock, token(StateFiles.token(directory)));
      } catch (IOException | RuntimeException e) {
        lock.close();
        throw e;
      }
    } catch (IOException e) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "stateDir %s: cannot be used (%s), expected a directory that this user can write to; correct its permissions or set stateDir to another"
              .formatted(directory, e),
          e);
    }
  }

  private static void ensurePrivate(Path directory) throws IOException {
    if (Files.notExists(directory, LinkOption.NOFOLLOW_LINKS)) {
      if (directory.getParent() != null) {
        Files.createDirectories(directory.getParent());
      }
      Files.createDirectory(directory, only(PRIVATE_DIRECTORY));
    }
    Set<PosixFilePermission> found = Files.getPosixFilePermissions(directory);
    if (!PRIVATE_DIRECTORY.containsAll(found)) {
      throw new FaultException(
          FaultKind.CONFIG,
          "stateDir %s: found permissions %s, expected rwx------ because guests' memory and the API token can be reached through it; run 'chmod 700 %s' or set stateDir to another directory"
              .formatted(directory, PosixFilePermissions.toString(found), directory));
    }
  }

  private static FileChannel lock(Path directory) throws IOException {
    FileChannel channel =
        FileChannel.open(
            directory.resolve("nild.lock"),
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
            only(PRIVATE_FILE));
    try {
      if (channel.tryLock() != null) {
        return channel;
      }
    } catch (OverlappingFileLockException heldByThisProcess) {
      channel.close();
      throw held(directory, heldByThisProcess);
    }
    channel.close();
    throw held(directory, null);
  }

  private static FaultException held(Path directory, Exception cause) {
    return new FaultException(
        FaultKind.UNAVAILABLE,
        "stateDir %s: another nild holds %s, expected none; stop that one, or give this host a stateDir of its own"
            .formatted(directory, directory.resolve("nild.lock")),
        cause);
  }

  private static BearerToken token(Path file) throws IOException {
    if (Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
      byte[] secret = new byte[TOKEN_BYTES];
      new SecureRandom().nextBytes(secret);
      replace(file, Base64.getUrlEncoder().withoutPadding().encodeToString(secret) + "\n");
    }
    Set<PosixFilePermission> found = Files.getPosixFilePermissions(file);
    if (!PRIVATE_FILE.containsAll(found)) {
      throw new FaultException(
          FaultKind.CONFIG,
          "API token %s: found permissions %s, expected rw------- because who reads it can stop guests; delete the file (the next start makes a new token)"
              .formatted(file, PosixFilePermissions.toString(found)));
    }
    String text = Files.readString(file).strip();
    if (text.length() < TOKEN_BYTES) {
      throw new FaultException(
          FaultKind.CONFIG,
          "API token %s: found %d characters, expected at least %d; delete the file (the next start makes a new token)"
              .formatted(file, text.length(), TOKEN_BYTES));
    }
    return new BearerToken(text);
  }

  BearerToken token() {
    return token;
  }

  /** Tells programs on this machine where the REST interface listens. */
  void publishUrl(String url) {
    write(StateFiles.url(directory), url);
  }

  /**
   * The number of this run: greater than that of every earlier run, even when the clock went back.
   *
   * @param nowMillis wall clock, which keeps the number growing when the file was lost
   */
  long nextIncarnation(long nowMillis) {
    Path file = directory.resolve("incarnation");
    long next = Math.max(nowMillis, lastIncarnation(file) + 1);
    write(file, Long.toString(next));
    return next;
  }

  private static long lastIncarnation(Path file) {
    if (Files.notExists(file)) {
      return 0;
    }
    String text = "";
    try {
      text = Files.readString(file).strip();
      return Long.parseLong(text);
    } catch (IOException | NumberFormatException e) {
      throw new FaultException(
          FaultKind.CONFIG,
          "incarnation file %s: found '%s', expected the number of the daemon's last run; delete the file if this machine's clock is right"
              .formatted(file, text),
          e);
    }
  }

  private static void write(Path file, String line) {
    try {
      replace(file, line + "\n");
    } catch (IOException e) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "%s: cannot be written (%s), expected room for a line; free space in stateDir or correct its permissions, then start nild again"
              .formatted(file, e.getMessage()),
          e);
    }
  }

  /** Whole or not at all, also over a power cut. */
  private static void replace(Path file, String text) throws IOException {
    Path next = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(next);
    Path created = Files.createFile(next, only(PRIVATE_FILE));
    Files.writeString(created, text, StandardOpenOption.WRITE, StandardOpenOption.SYNC);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private static FileAttribute<Set<PosixFilePermission>> only(Set<PosixFilePermission> who) {
    return PosixFilePermissions.asFileAttribute(who);
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(StateFiles.url(directory));
    lock.close();
  }
}
