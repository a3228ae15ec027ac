package org.nilmigration.daemon.nilctl;

import org.nilmigration.daemon.api.OperationRequest;
import org.nilmigration.daemon.cli.OutputOption;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code nilctl vm decouple} and {@code recouple}: where a running guest's memory is. */
abstract class MemoryCommand implements Runnable {
  private final String type;
  private final String place;

  @Parameters(paramLabel = "NAME", description = "the guest")
  private String name;

  @Mixin private WaitOptions wait;
  @Mixin private OutputOption output;
  @Mixin private ConnectionOptions connection;

  MemoryCommand(String type, String place) {
    this.type = type;
    this.place = place;
  }

  @Override
  public void run() {
    new AskedOperation(connection.client(), wait, output)
        .run(
            new OperationRequest(type, name, null, null, wait.timeoutMillis()),
            "the memory of guest " + name + " moves " + place,
            "the memory of guest " + name + " has moved " + place);
  }

  /** Into the region. */
  @Command(
      name = "decouple",
      description =
          "Moves the memory of a running guest from its host into the region, so that it can be"
              + " handed over by reference.",
      sortOptions = false)
  static final class Decouple extends MemoryCommand {
    Decouple() {
      super("decouple", "into the region");
    }
  }

  /** Out of the region. */
  @Command(
      name = "recouple",
      description = "Moves the memory of a running guest from the region into its host.",
      sortOptions = false)
  static final class Recouple extends MemoryCommand {
    Recouple() {
      super("recouple", "into its host");
    }
  }
}
