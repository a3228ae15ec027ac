package org.nilmigration.daemon.cli;

import java.io.PrintWriter;
import java.util.List;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import picocli.CommandLine;
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
    return commandLine(command).execute(arguments);
  }

  /** The configured command line, for tests and for subcommands that are added by hand. */
  public static CommandLine commandLine(Object command) {
    CommandLine line = new CommandLine(command);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setParameterExceptionHandler(Cli::wrongUsage);
    line.setExecutionExceptionHandler(Cli::failed);
    return line;
  }

  private static int wrongUsage(ParameterException wrong, String[] arguments) {
    CommandLine line = wrong.getCommandLine();
    String name = line.getCommandSpec().qualifiedName();
    PrintWriter err = line.getErr();
    err.println(programOf(line) + ": " + wrong.getMessage());
    UnmatchedArgumentException.printSuggestions(wrong, err);
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
