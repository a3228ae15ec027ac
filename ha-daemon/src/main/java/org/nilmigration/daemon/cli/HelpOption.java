package org.nilmigration.daemon.cli;

import picocli.CommandLine.Option;

/** {@code --help} for subcommands; the version is the program's alone. */
public final class HelpOption {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this help")
  private boolean asked;
}
