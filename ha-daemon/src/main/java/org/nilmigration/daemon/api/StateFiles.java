package org.nilmigration.daemon.api;

import java.nio.file.Path;

/** Files in a host's {@code stateDir} that nild writes and nilctl reads. */
public final class StateFiles {
  private StateFiles() {}

  /** The secret of the REST interface; mode 0600. */
  public static Path token(Path stateDir) {
    return stateDir.resolve("api.token");
  }

  /** Base address of the REST interface; there while nild runs. */
  public static Path url(Path stateDir) {
    return stateDir.resolve("api.url");
  }
}
