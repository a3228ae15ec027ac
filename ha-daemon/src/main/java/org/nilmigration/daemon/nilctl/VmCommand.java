package org.nilmigration.daemon.nilctl;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.nilmigration.config.ConfigFiles;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.daemon.api.GuestDocument;
import org.nilmigration.daemon.cli.OutputOption;
import org.nilmigration.daemon.cli.Subcommands;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code nilctl vm}: guests. */
@Command(
    name = "vm",
    description = "Guests: apply, list, show, start, stop, rm, migrate, decouple, recouple.",
    synopsisSubcommandLabel = "COMMAND")
@Subcommands({
  VmCommand.Apply.class,
  VmCommand.ListAll.class,
  VmCommand.Show.class,
  VmCommand.Start.class,
  VmCommand.Stop.class,
  VmCommand.Remove.class,
  MigrateCommand.class,
  MemoryCommand.Decouple.class,
  MemoryCommand.Recouple.class
})
final class VmCommand {
  private VmCommand() {}

  /** Creates or changes a guest. */
  @Command(
      name = "apply",
      description = "Creates a guest from its YAML document and starts it, or changes it.",
      sortOptions = false)
  static final class Apply implements Runnable {
    @Option(
        names = {"-f", "--file"},
        required = true,
        paramLabel = "FILE",
        description = "the guest's YAML document; - reads standard input")
    private Path file;

    @Option(
        names = "--force",
        description = "accepts what is refused as unsafe, such as output: immediate")
    private boolean force;

    @Mixin private WaitOptions wait;
    @Mixin private OutputOption output;
    @Mixin private ConnectionOptions connection;

    @Override
    public void run() {
      GuestConfig guest = read();
      ApiClient client = connection.client();
      String path = ApiClient.path("vms", guest.name()) + (force ? "?force=true" : "");
      client.putYaml(path, ConfigFiles.toYaml(guest));
      GuestWait guests = new GuestWait(client, wait, output);
      GuestDocument now = guests.show(guest.name());
      if (now.spec().unsafeOutput()) {
        output.remark("guest " + guest.name() + ": output is " + GuestText.UNSAFE_OUTPUT);
      }
      if (now.desired().equals("RUNNING")) {
        guests.untilRunning(guest.name());
      } else {
        guests.print(now, "applied; start it with 'nilctl vm start " + guest.name() + "'");
      }
    }

    private GuestConfig read() {
      if (!file.toString().equals("-")) {
        return ConfigFiles.guest(file);
      }
      try {
        String yaml = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
        return ConfigFiles.guest(yaml, "standard input");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Lists the guests. */
  @Command(name = "list", description = "Lists the guests of the cluster.", sortOptions = false)
  static final class ListAll implements Runnable {
    @Mixin private OutputOption output;
    @Mixin private ConnectionOptions connection;

    @Override
    public void run() {
      GuestDocument[] guests = connection.client().get("/vms", GuestDocument[].class);
      output.print(
          guests,
          out -> {
            if (guests.length == 0) {
              output.remark("no guests; apply one with 'nilctl vm apply -f guest.yaml'");
            } else {
              GuestText.table(guests).print(out);
            }
          });
    }
  }

  /** Shows one guest. */
  @Command(
      name = "show",
      description = "Shows a guest: what was applied, who runs it, how it is protected.",
      sortOptions = false)
  static final class Show implements Runnable {
    @Parameters(paramLabel = "NAME", description = "the guest")
    private String name;

    @Mixin private OutputOption output;
    @Mixin private ConnectionOptions connection;

    @Override
    public void run() {
      GuestDocument guest =
          connection.client().get(ApiClient.path("vms", name), GuestDocument.class);
      output.print(guest, out -> GuestText.details(guest).print(out));
    }
  }

  /** Starts a guest that is stopped or has failed. */
  @Command(
      name = "start",
      description = "Starts a guest that is stopped or has failed.",
      sortOptions = false)
  static final class Start implements Runnable {
    @Parameters(paramLabel = "NAME", description = "the guest")
    private String name;

    @Mixin private WaitOptions wait;
    @Mixin private OutputOption output;
    @Mixin private ConnectionOptions connection;

    @Override
    public void run() {
      ApiClient client = connection.client();
      client.post(ApiClient.path("vms", name, "start"));
      new GuestWait(client, wait, output).untilRunning(name);
    }
  }

  /** Stops a guest. */
  @Command(
      name = "stop",
      description = "Shuts a guest down; it stays known and can be started again.",
      sortOptions = false)
  static final class Stop implements Runnable {
    @Parameters(paramLabel = "NAME", description = "the guest")
    private String name;

    @Mixin private WaitOptions wait;
    @Mixin private OutputOption output;
    @Mixin private ConnectionOptions connection;

    @Override
    public void run() {
      ApiClient client = connection.client();
      client.post(ApiClient.path("vms", name, "stop"));
      new GuestWait(client, wait, output).untilStopped(name);
    }
  }

  /** Stops and forgets a guest. */
  @Command(
      name = "rm",
      description = "Stops a guest and forgets it, with its memory and its log.",
      sortOptions = false)
  static final class Remove implements Runnable {
    @Parameters(paramLabel = "NAME", description = "the guest")
    private String name;

    @Mixin private WaitOptions wait;
    @Mixin private OutputOption output;
    @Mixin private ConnectionOptions connection;

    @Override
    public void run() {
      ApiClient client = connection.client();
      client.delete(ApiClient.path("vms", name));
      new GuestWait(client, wait, output).untilGone(name);
    }
  }
}
