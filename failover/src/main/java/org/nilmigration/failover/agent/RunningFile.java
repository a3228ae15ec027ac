package org.nilmigration.failover.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file {@code running} in a guest's private directory: {@code GENERATION PID}, there while this
 * host's daemon runs the guest as its owner. A process without it (one that waits for a takeover,
 * one that was handed over) has nothing that a next run could go on with.
 */
record RunningFile(long generation, long pid) {
  private static final Logger LOG = LoggerFactory.getLogger(RunningFile.class);
  private static final String NAME = "running";

  /** A directory that cannot be written to costs the next run the guest, not this one. */
  void write(Path directory) {
    Path next = directory.resolve(NAME + ".new");
    try {
      Files.writeString(next, generation + " " + pid + "\n");
      Files.move(next, directory.resolve(NAME), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      LOG.warn("{}: not written ({}): the guest will not outlive this daemon", next, e.toString());
    }
  }

  static Optional<RunningFile> read(Path directory) {
    try {
      String[] words = Files.readString(directory.resolve(NAME)).strip().split(" ");
      return Optional.of(new RunningFile(Long.parseLong(words[0]), Long.parseLong(words[1])));
    } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }

  static void remove(Path directory) {
    try {
      Files.deleteIfExists(directory.resolve(NAME));
    } catch (IOException e) {
      LOG.warn("{}: not removed: {}", directory.resolve(NAME), e.toString());
    }
  }
}
