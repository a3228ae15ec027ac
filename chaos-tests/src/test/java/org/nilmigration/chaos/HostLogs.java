package org.nilmigration.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Optional;
import org.nilmigration.daemon.chaos.GuestStory;
import org.nilmigration.daemon.lab.Await;
import org.nilmigration.daemon.lab.LabHost;

/** What the daemons say. */
final class HostLogs {
  private HostLogs() {}

  /** Waits until a host's log has one of these sentences. */
  static void await(LabHost host, String... sentences) {
    Await.until(
        "host %s says '%s'".formatted(host.name(), String.join("' or '", sentences)),
        GuestStory.SOON,
        () ->
            Arrays.stream(sentences).anyMatch(read(host)::contains)
                ? Optional.of(true)
                : Optional.empty());
  }

  static String read(LabHost host) {
    try {
      return Files.readString(host.log());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
