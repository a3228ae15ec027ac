package org.nilmigration.daemon.nilctl;

import org.nilmigration.daemon.api.OperationRequest;
import org.nilmigration.daemon.cli.OutputOption;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code nilctl vm migrate}: a planned switchover. */
@Command(
    name = "migrate",
    description =
        "Moves a running guest to another host; only its processor and device state move.",
    sortOptions = false)
final class MigrateCommand implements Runnable {
  @Parameters(paramLabel = "NAME", description = "the guest")
  private String name;

  @Option(
      names = "--to",
      required = true,
      paramLabel = "HOST",
      description = "the host that shall run it")
  private String to;

  @Mixin private WaitOptions wait;
  @Mixin private OutputOption output;
  @Mixin private ConnectionOptions connection;

  @Override
  public void run() {
    new AskedOperation(connection.client(), wait, output)
        .run(
            new OperationRequest("migrate", name, to),
            "guest " + name + " moves to host " + to,
            "guest " + name + " runs on host " + to);
  }
}
