package org.nilmigration.daemon.cli;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Makes only the subcommands that the arguments lead through, since making one costs more than
 * running it. Where the next word is no subcommand's name, all of that level are made, for picocli
 * to list them or to suggest one; where it is not that clear, all are.
 */
final class CommandTree {
  private static final String OPTION = "-";
  private static final String FILE_OF_ARGUMENTS = "@";
  private static final String HELP = "help";

  private final CommandLine root;
  private final Class<?> type;
  private final List<String> arguments;

  private CommandTree(CommandLine root, Class<?> type, List<String> arguments) {
    this.root = root;
    this.type = type;
    this.arguments = arguments;
  }

  static CommandLine of(Object command, List<String> arguments) {
    CommandLine root = new CommandLine(command);
    new CommandTree(root, command.getClass(), arguments).grow();
    return root;
  }

  private void grow() {
    OptionSpec alone = arguments.size() == 1 ? option(arguments.getFirst()) : null;
    if (alone != null && alone.usageHelp()) {
      addLevel(root, type);
    } else if (alone == null || !alone.versionHelp()) {
      words().ifPresentOrElse(words -> addOnTheWay(root, type, words), () -> addAll(root, type));
    }
  }

  private OptionSpec option(String name) {
    return root.getCommandSpec().findOption(name);
  }

  /** The arguments from the first command's name on; empty when that is not so easily said. */
  private Optional<List<String>> words() {
    if (arguments.isEmpty() || arguments.stream().anyMatch(CommandTree::needsMore)) {
      return Optional.empty();
    }
    int at = 0;
    while (at < arguments.size() && arguments.get(at).startsWith(OPTION)) {
      String name = arguments.get(at).split("=", 2)[0];
      OptionSpec option = option(name);
      if (option == null || option.usageHelp() || option.versionHelp()) {
        return Optional.empty();
      }
      boolean valueFollows = option.arity().max() > 0 && name.equals(arguments.get(at));
      at += valueFollows ? 2 : 1;
      if (valueFollows && at <= arguments.size() && isName(arguments.get(at - 1))) {
        return Optional.empty(); // picocli takes no command's name for a value
      }
    }
    return Optional.of(arguments.subList(Math.min(at, arguments.size()), arguments.size()));
  }

  private boolean isName(String value) {
    return Stream.of(subcommands(type)).anyMatch(subcommand -> name(subcommand).equals(value));
  }

  private static boolean needsMore(String argument) {
    return argument.startsWith(FILE_OF_ARGUMENTS) || argument.equals(HELP);
  }

  private static void addOnTheWay(CommandLine group, Class<?> type, List<String> words) {
    for (Class<?> subcommand : subcommands(type)) {
      if (!words.isEmpty() && name(subcommand).equals(words.getFirst())) {
        addOnTheWay(add(group, subcommand), subcommand, words.subList(1, words.size()));
        return;
      }
    }
    if (words.size() > 1) {
      addAll(group, type);
    } else {
      addLevel(group, type);
    }
  }

  private static void addLevel(CommandLine group, Class<?> type) {
    for (Class<?> subcommand : subcommands(type)) {
      add(group, subcommand);
    }
  }

  private static void addAll(CommandLine group, Class<?> type) {
    for (Class<?> subcommand : subcommands(type)) {
      addAll(add(group, subcommand), subcommand);
    }
  }

  private static CommandLine add(CommandLine group, Class<?> subcommand) {
    group.addSubcommand(name(subcommand), subcommand);
    return group.getSubcommands().get(name(subcommand));
  }

  private static Class<?>[] subcommands(Class<?> type) {
    Subcommands subcommands = type.getAnnotation(Subcommands.class);
    return subcommands == null ? new Class<?>[0] : subcommands.value();
  }

  private static String name(Class<?> command) {
    return command.getAnnotation(Command.class).name();
  }
}
