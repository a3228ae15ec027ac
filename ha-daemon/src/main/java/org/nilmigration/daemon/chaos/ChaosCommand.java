package org.nilmigration.daemon.chaos;

import org.nilmigration.daemon.cli.Subcommands;
import picocli.CommandLine.Command;

/** {@code nilctl chaos}. */
@Command(
    name = "chaos",
    description = "Breaks hosts of its own on this machine and checks that their guest goes on.",
    synopsisSubcommandLabel = "COMMAND")
@Subcommands(ChaosRunCommand.class)
public final class ChaosCommand {}
