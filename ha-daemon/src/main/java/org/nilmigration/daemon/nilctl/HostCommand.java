package org.nilmigration.daemon.nilctl;

import java.util.Locale;
import org.nilmigration.daemon.api.HostDocument;
import org.nilmigration.daemon.cli.OutputOption;
import org.nilmigration.daemon.cli.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code nilctl host}: hosts. */
@Command(
    name = "host",
    description = "Hosts: list.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = HostCommand.ListAll.class)
final class HostCommand {
  private HostCommand() {}

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
      HostDocument[] hosts = connection.client().get("/hosts", HostDocument[].class);
      output.print(hosts, out -> table(hosts).print(out));
    }

    private static Table table(HostDocument[] hosts) {
      Table table =
          new Table()
              .text("HOST")
              .text("SESSION")
              .text("HEARTBEAT")
              .text("OWNS")
              .text("STANDS BY")
              .text("API");
      for (HostDocument host : hosts) {
        table.row(
            host.name(),
            host.session() ? "up" : "lost",
            heartbeat(host),
            String.join(",", host.owns()),
            String.join(",", host.standsBy()),
            host.api());
      }
      return table;
    }

    private static String heartbeat(HostDocument host) {
      if (host.self()) {
        return "answers";
      }
      String liveness = GuestText.lower(host.heartbeat());
      return host.heartbeatAgeMillis() == null
          ? liveness
          : String.format(Locale.ROOT, "%s, %.0f ms ago", liveness, host.heartbeatAgeMillis());
    }
  }
}
