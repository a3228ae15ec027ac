package org.nilmigration.daemon.chaos;

import picocli.CommandLine.Command;

/** {@code nilctl chaos}. */
@Command(
    name = "chaos",
    description = "Breaks hosts of its own on this machine and checks that their guest goes on.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = ChaosRunCommand.class)
public final class ChaosCommand {}
