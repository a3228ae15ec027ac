package org.nilmigration.daemon.lab;

import java.util.ArrayList;
import java.util.List;

/**
 * The machine's own network, seen from a process that {@code bin/launcher.sh} started in a network
 * namespace of its own.
 */
public final class OutsideNetwork {
  /** Environment variable that names the network namespace outside. */
  static final String VARIABLE = "NIL_OUTSIDE_NETWORK";

  private OutsideNetwork() {}

  /** Whether this process was put into a network namespace of its own. */
  static boolean isApart() {
    return System.getenv(VARIABLE) != null;
  }

  /** The command line that runs a program where the package mirror can be reached. */
  public static List<String> command(List<String> program) {
    if (!isApart()) {
      return List.copyOf(program);
    }
    List<String> command =
        new ArrayList<>(List.of("nsenter", "--net=" + System.getenv(VARIABLE), "--"));
    command.addAll(program);
    return command;
  }
}
