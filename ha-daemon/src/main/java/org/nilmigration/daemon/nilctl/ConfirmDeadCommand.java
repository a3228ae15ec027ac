package org.nilmigration.daemon.nilctl;

import org.nilmigration.daemon.api.FencedDocument;
import org.nilmigration.daemon.cli.OutputOption;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code nilctl host confirm-dead}: a person does what no fence agent could. */
@Command(
    name = "confirm-dead",
    description = {
      "Says that a host is off, for guests whose output is immediate: they are taken over only then.",
      "If it still runs, they run twice. Who said it and why is kept in the history."
    },
    sortOptions = false)
final class ConfirmDeadCommand implements Runnable {
  @Parameters(paramLabel = "HOST", description = "the host, which you have switched off")
  private String host;

  @Option(names = "--force", description = "although its ZooKeeper session is alive")
  private boolean force;

  @Mixin private OrderOptions order;
  @Mixin private OutputOption output;
  @Mixin private ConnectionOptions connection;

  @Override
  public void run() {
    FencedDocument fenced =
        connection
            .client()
            .post(
                ApiClient.path("hosts", host, "confirm-dead"),
                order.force(force),
                FencedDocument.class);
    output.print(
        fenced, out -> out.println("host " + host + " counts as off, until it starts again"));
  }
}
