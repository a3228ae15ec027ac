package org.nilmigration.daemon.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Runs a picocli command the way all our programs end: exit code by kind of fault, the sentence on
 * standard error, a stack trace only for what nobody foresaw.
 */
public final class Cli {
  public static final String DEFAULT_CONFIG = "/etc/nil-migration/host.yaml";

  private Cli() {}

  /** Runs {@code command} and returns the exit code of the process. */
  public static int execute(Object command, String... arguments) {
    return commandLine(command, arguments).execute(arguments);
  }

  /**
   * The configured command line, with those of its {@link Subcommands} that these arguments lead
   * through; all of them without arguments.
   */
  public static CommandLine commandLine(Object command, String... arguments) {
    CommandLine line = CommandTree.of(command, List.of(arguments));
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setParameterExceptionHandler(Cli::wrongUsage);
    line.setExecutionExceptionHandler(Cli::failed);
    addHelp(line);
    return line;
  }

  /** {@code --help} on every subcommand that has none; {@code --version} is the program's alone. */
  private static void addHelp(CommandLine line) {
    for (CommandLine command : line.getSubcommands().values()) {
      CommandSpec spec = command.getCommandSpec();
      boolean has = spec.helpCommand() || spec.findOption("--help") != null;
      if (!has) {
        spec.addOption(
            OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("show this help")
                .build());
      }
      addHelp(command);
    }
  }

  /**
   * Ends a process that has no shutdown hooks. System.exit would search every jar of the class path
   * for a logger first, which takes as long as a short command.
   */
  public static void halt(int exitCode) {
    System.out.flush();
    System.err.flush();
    Runtime.getRuntime().halt(exitCode);
  }

  private static int wrongUsage(ParameterException wrong, String[] arguments) {
    CommandLine line = wrong.getCommandLine();
    String name = line.getCommandSpec().qualifiedName();
    PrintWriter err = line.getErr();
    err.println(programOf(line) + ": " + wrong.getMessage());
    UnmatchedArgumentException.printSuggestions(wrong, err);
    boolean group =
        !(line.getCommand() instanceof Runnable || line.getCommand() instanceof Callable);
    if (group) {
      line.usage(err);
    }
    err.println("Run '" + name + " --help' for what it expects.");
    err.flush();
    return FaultKind.USAGE.exitCode();
  }

  private static int failed(Exception e, CommandLine line, ParseResult parsed) {
    PrintWriter err = line.getErr();
    int exitCode = FaultKind.ERROR.exitCode();
    if (e instanceof FaultException fault) {
      List<String> lines = fault.getMessage().lines().toList();
      lines.forEach(sentence -> err.println(programOf(line) + ": " + sentence));
      exitCode = fault.kind().exitCode();
    } else {
      err.println(programOf(line) + ": an error that it has no sentence for; please report it:");
      e.printStackTrace(err);
    }
    err.flush();
    return exitCode;
  }

  private static String programOf(CommandLine line) {
    CommandLine root = line;
    while (root.getParent() != null) {
      root = root.getParent();
    }
    return root.getCommandName();
  }
}
