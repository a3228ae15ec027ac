package org.nilmigration.daemon.cli;

import org.nilmigration.daemon.api.Version;
import picocli.CommandLine.IVersionProvider;

/** Answers {@code --version}. */
public final class VersionProvider implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {"nil-migration HA " + Version.current()};
  }
}
