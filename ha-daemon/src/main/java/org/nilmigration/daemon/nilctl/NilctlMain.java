package org.nilmigration.daemon.nilctl;

import java.util.Set;
import org.nilmigration.daemon.bench.BenchCommand;
import org.nilmigration.daemon.chaos.ChaosCommand;
import org.nilmigration.daemon.cli.Cli;
import org.nilmigration.daemon.cli.Subcommands;
import org.nilmigration.daemon.cli.VersionProvider;
import org.nilmigration.daemon.demo.DemoCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParseResult;

/** Entry point of {@code nilctl}. */
@Command(
    name = "nilctl",
    description = "Operates a nil-migration HA cluster through the nild of one of its hosts.",
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    synopsisSubcommandLabel = "COMMAND",
    sortOptions = false,
    footerHeading = "%nEnvironment:%n",
    footer = {
      "  NIL_API, NIL_TOKEN_FILE   the same as --api and --token-file",
      "",
      "Exit codes:",
      "  0 ok, 1 error, 64 usage, 69 unavailable, 75 try again, 78 configuration,",
      "  105 no such, 106 no quorum, 107 unsafe, 124 timeout"
    })
@Subcommands({
  DemoCommand.class,
  RegionCommand.class,
  VmCommand.class,
  HostCommand.class,
  PauseCommand.class,
  ResumeCommand.class,
  HistoryCommand.class,
  ExplainCommand.class,
  DoctorCommand.class,
  BenchCommand.class,
  ChaosCommand.class,
  HelpCommand.class
})
public final class NilctlMain {
  private static final Set<String> WITH_HOSTS = Set.of("demo", "bench", "chaos");

  @Mixin private ConnectionOptions connection;

  NilctlMain() {}

  ConnectionOptions connection() {
    return connection;
  }

  public static void main(String[] arguments) {
    CommandLine line = commandLine(arguments);
    int exitCode = line.execute(arguments);
    if (hasHosts(line.getParseResult())) {
      System.exit(exitCode);
    }
    Cli.halt(exitCode);
  }

  /** Whether a command ran whose hosts a shutdown hook ends. */
  private static boolean hasHosts(ParseResult ran) {
    return ran != null
        && ran.hasSubcommand()
        && WITH_HOSTS.contains(ran.subcommand().commandSpec().name());
  }

  /** The command line for these arguments; the whole without any. */
  public static CommandLine commandLine(String... arguments) {
    return Cli.commandLine(new NilctlMain(), arguments);
  }
}
