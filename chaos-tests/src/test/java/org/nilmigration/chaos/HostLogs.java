package org.nilmigration.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Optional;
import org.nilmigration.daemon.chaos.GuestStory;
import org.nilmigration.daemon.lab.Await;
import org.nilmigration.daemon.lab.LabHost;

/** What the daemons say. */
final class HostLogs {
  private HostLogs() {}

  /** Waits until a host's log has a sentence. */
  static void await(LabHost host, String sentence) {
    Await.until(
        "host %s says '%s'".formatted(host.name(), sentence),
        GuestStory.SOON,
        () -> read(host).contains(sentence) ? Optional.of(true) : Optional.empty());
  }

  static String read(LabHost host) {
    try {
      return Files.readString(host.log());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
