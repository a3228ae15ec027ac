package org.nilmigration.daemon.nilctl;

import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.daemon.api.MovePlanDocument;
import org.nilmigration.daemon.api.OperationRequest;
import org.nilmigration.daemon.cli.OutputOption;
import org.nilmigration.daemon.cli.Table;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code nilctl vm migrate}: a planned switchover. */
@Command(
    name = "migrate",
    description = {
      "Moves a running guest to another host; only its processor and device state move.",
      "Memory that is in its host moves into the region first, while it runs. The hosts do it by",
      "themselves: what is not done within --timeout is given up, and the guest stays."
    },
    sortOptions = false)
final class MigrateCommand implements Runnable {
  @Parameters(paramLabel = "NAME", description = "the guest")
  private String name;

  @ArgGroup(multiplicity = "1")
  private What what;

  @Option(
      names = "--recouple",
      description = "afterwards its memory moves from the region into that host")
  private boolean recouple;

  @Option(
      names = "--dry-run",
      description = "says what the move would find and do, and does nothing")
  private boolean dryRun;

  @Mixin private OrderOptions order;
  @Mixin private WaitOptions wait;
  @Mixin private OutputOption output;
  @Mixin private ConnectionOptions connection;

  /** A move, or the end of one. */
  private static final class What {
    @Option(names = "--to", paramLabel = "HOST", description = "the host that shall run it")
    private String to;

    @Option(
        names = "--cancel",
        description = "gives up what is under way, unless the guest was let go of already")
    private boolean cancel;
  }

  @Override
  public void run() {
    ApiClient client = connection.client();
    AskedOperation asking = new AskedOperation(client, wait, output);
    if (what.cancel) {
      asking.cancel(name, order.order());
    } else if (dryRun) {
      plan(client);
    } else {
      asking.run(
          new OperationRequest(
              "migrate", name, what.to, recouple ? Boolean.TRUE : null, wait.timeoutMillis()),
          "guest " + name + " moves to host " + what.to,
          "guest " + name + " runs on host " + what.to);
    }
  }

  private void plan(ApiClient client) {
    String path = ApiClient.path("vms", name, "move-plan");
    MovePlanDocument plan =
        client.get(
            path + "?to=" + ApiClient.encoded(what.to) + "&recouple=" + recouple,
            MovePlanDocument.class);
    output.print(
        plan,
        out -> {
          Table table = new Table().text("CHECK").text("VERDICT").text("FOUND");
          plan.checks().forEach(c -> table.row(c.name(), c.verdict(), c.text()));
          table.print(out);
        });
    if (!plan.movable()) {
      throw new FaultException(
          FaultKind.of(plan.exitCode()),
          "guest %s would not move to host %s: %d of %d checks refuse it"
              .formatted(
                  name,
                  what.to,
                  plan.checks().stream().filter(c -> c.verdict().equals("REFUSED")).count(),
                  plan.checks().size()));
    }
  }
}
