package org.nilmigration.daemon.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/** The machine's memory for files, in which labs put their regions. */
public final class SharedMemory {
  static final Path DIRECTORY = Path.of("/dev/shm");

  private SharedMemory() {}

  /**
   * @param whose begins the sentence, such as {@code the demo's shared memory}
   * @throws FaultException UNAVAILABLE when there is not that much room
   */
  public static void require(String whose, long mebibytes) {
    try {
      long freeMib = Files.getFileStore(DIRECTORY).getUsableSpace() >> 20;
      if (freeMib < mebibytes) {
        throw new FaultException(
            FaultKind.UNAVAILABLE,
            "%s lies in %s: found %d MiB free, expected %d; run 'mount -o remount,size=3G %s' (in a container: --shm-size=3g)"
                .formatted(whose, DIRECTORY, freeMib, mebibytes, DIRECTORY));
      }
    } catch (IOException e) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "%s lies in %s: %s; mount a tmpfs there".formatted(whose, DIRECTORY, e.getMessage()),
          e);
    }
  }
}
