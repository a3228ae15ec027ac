package org.nilmigration.daemon.nilctl;

import java.util.Map;
import org.nilmigration.daemon.api.ClusterDocument;
import org.nilmigration.daemon.api.CordonDocument;
import org.nilmigration.daemon.api.HostDocument;
import org.nilmigration.daemon.cli.OutputOption;
import org.nilmigration.daemon.cli.Subcommands;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code nilctl host}: hosts. */
@Command(
    name = "host",
    description = "Hosts: list, show, cordon, uncordon, drain, confirm-dead.",
    synopsisSubcommandLabel = "COMMAND")
@Subcommands({
  HostCommand.ListAll.class,
  HostCommand.Show.class,
  HostCommand.Cordon.class,
  HostCommand.Uncordon.class,
  DrainCommand.class,
  ConfirmDeadCommand.class
})
final class HostCommand {
  private HostCommand() {}

  /** Says what no line on hosts says. */
  private static void remarkOnPause(ApiClient client, OutputOption output) {
    ClusterDocument cluster = client.get("/cluster", ClusterDocument.class);
    if (cluster.pause() != null) {
      output.remark(cluster.pause().sentence());
    }
  }

  /** Lists the hosts. */
  @Command(
      name = "list",
      description = {
        "Lists the hosts of the cluster as one of them sees them:",
        "SESSION is ZooKeeper's word, HEARTBEAT that of the shared memory."
      },
      sortOptions = false)
  static final class ListAll implements Runnable {
    @Mixin private OutputOption output;
    @Mixin private ConnectionOptions connection;

    @Override
    public void run() {
      ApiClient client = connection.client();
      HostDocument[] hosts = client.get("/hosts", HostDocument[].class);
      output.print(hosts, out -> HostText.table(hosts).print(out));
      remarkOnPause(client, output);
    }
  }

  /** Shows one host. */
  @Command(
      name = "show",
      description = "Shows a host: what it has, whether it may get more, and how its drain goes.",
      sortOptions = false)
  static final class Show implements Runnable {
    @Parameters(paramLabel = "HOST", description = "the host")
    private String host;

    @Mixin private OutputOption output;
    @Mixin private ConnectionOptions connection;

    @Override
    public void run() {
      ApiClient client = connection.client();
      HostDocument found = client.get(ApiClient.path("hosts", host), HostDocument.class);
      output.print(
          found,
          out -> {
            HostText.details(found).print(out);
            if (!found.left().isEmpty()) {
              HostText.left(found.left()).print(out);
            }
          });
      remarkOnPause(client, output);
    }
  }

  /** Keeps new guests away from a host. */
  @Command(
      name = "cordon",
      description = {
        "The host gets no guest and no standby role any more, also after it was restarted;",
        "what it has stays."
      },
      sortOptions = false)
  static final class Cordon implements Runnable {
    @Parameters(paramLabel = "HOST", description = "the host")
    private String host;

    @Mixin private OrderOptions order;
    @Mixin private OutputOption output;
    @Mixin private ConnectionOptions connection;

    @Override
    public void run() {
      CordonDocument cordon =
          connection
              .client()
              .post(ApiClient.path("hosts", host, "cordon"), order.order(), CordonDocument.class);
      output.print(cordon, out -> out.println("host " + host + " is " + HostText.cordon(cordon)));
    }
  }

  /** Lets a host have guests again. */
  @Command(
      name = "uncordon",
      description = {
        "The host may get guests and standby roles again; a drain of it ends.",
        "Nothing moves back by itself."
      },
      sortOptions = false)
  static final class Uncordon implements Runnable {
    @Parameters(paramLabel = "HOST", description = "the host")
    private String host;

    @Mixin private OrderOptions order;
    @Mixin private OutputOption output;
    @Mixin private ConnectionOptions connection;

    @Override
    public void run() {
      Map<?, ?> done =
          connection
              .client()
              .post(ApiClient.path("hosts", host, "uncordon"), order.order(), Map.class);
      output.print(done, out -> out.println("host " + host + " may get guests again"));
    }
  }
}
