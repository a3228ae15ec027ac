package org.nilmigration.daemon.nilctl;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.daemon.api.DrainStepDocument;
import org.nilmigration.daemon.api.OperationDocument;
import org.nilmigration.daemon.cli.OutputOption;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code nilctl host drain}: everything leaves a host. */
@Command(
    name = "drain",
    description = {
      "Cordons a host and has its guests and standby roles leave it. The hosts do it by themselves:",
      "a command that ends early, or is run again, changes nothing of it."
    },
    sortOptions = false)
final class DrainCommand implements Runnable {
  @Parameters(paramLabel = "HOST", description = "the host")
  private String host;

  @Option(
      names = "--parallel",
      paramLabel = "N",
      defaultValue = "2",
      description = "guests on their way at once (default: ${DEFAULT-VALUE})")
  private int parallel;

  @Option(
      names = "--force",
      description = "accepts that guests run unprotected when too few hosts are left")
  private boolean force;

  @Option(
      names = "--cancel",
      description = "ends the drain; what has left stays where it is, the host stays cordoned")
  private boolean cancel;

  @Mixin private OrderOptions order;
  @Mixin private WaitOptions wait;
  @Mixin private OutputOption output;
  @Mixin private ConnectionOptions connection;

  private final Map<String, String> told = new TreeMap<>();
  private List<DrainStepDocument> left = List.of();

  @Override
  public void run() {
    ApiClient client = connection.client();
    if (cancel) {
      cancel(client);
      return;
    }
    OperationDocument asked =
        client.post(
            ApiClient.path("hosts", host, "drain"),
            order.drain(parallel, force),
            OperationDocument.class);
    if (!wait.waits()) {
      output.print(
          asked,
          out ->
              out.println(
                  "host "
                      + host
                      + " is drained; 'nilctl host show "
                      + host
                      + "' shows how far it is"));
      return;
    }
    OperationDocument ended = follow(client, asked);
    if (!ended.state().equals("DONE")) {
      throw new FaultException(
          FaultKind.ERROR,
          "host %s is not drained further: the drain was %s; drain it again to go on"
              .formatted(host, ended.detail()));
    }
    output.print(ended, out -> out.println("host " + host + " is empty and cordoned"));
  }

  private void cancel(ApiClient client) {
    OperationDocument open =
        Arrays.stream(client.get("/operations", OperationDocument[].class))
            .filter(operation -> host.equals(operation.host()) && !operation.ended())
            .findFirst()
            .orElseThrow(() ->
                new FaultException(
                    FaultKind.USAGE,
                    "host %s: found no drain under way, expected one to cancel; see 'nilctl host show %s'"
                        .formatted(host, host)));
    OperationDocument ended =
        client.post(
            ApiClient.path("operations", open.id(), "cancel"),
            order.order(),
            OperationDocument.class);
    output.print(
        ended, out -> out.println("host " + host + " is not drained further and stays cordoned"));
  }

  private OperationDocument follow(ApiClient client, OperationDocument asked) {
    String path = ApiClient.path("operations", asked.id());
    Thread onInterrupt = new Thread(() -> wait.say(goesOn()), "farewell");
    Runtime.getRuntime().addShutdownHook(onInterrupt);
    try {
      return wait.until(
          "host " + host + " is drained",
          () -> {
            OperationDocument now = client.get(path, OperationDocument.class);
            tell(now.left());
            return Optional.of(now).filter(OperationDocument::ended);
          });
    } catch (FaultException e) {
      if (e.kind() != FaultKind.TIMEOUT || left.isEmpty()) {
        throw e;
      }
      String steps = left.stream().map(HostText::step).collect(Collectors.joining("\n"));
      throw new FaultException(e.kind(), e.getMessage() + "\n" + steps, e);
    } finally {
      forget(onInterrupt);
    }
  }

  private String goesOn() {
    return "nilctl: stopped watching; the drain of host %s goes on: 'nilctl host drain %s' watches it again, with --cancel it ends"
        .formatted(host, host);
  }

  private static void forget(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException ending) {
      // The hook speaks.
    }
  }

  /** A line for each role whose state changed, and for each that has left. */
  private void tell(List<DrainStepDocument> now) {
    left = now;
    TreeSet<String> gone = new TreeSet<>(told.keySet());
    for (DrainStepDocument step : now) {
      gone.remove(step.vm());
      String line = HostText.step(step);
      if (!line.equals(told.put(step.vm(), line))) {
        wait.say(line);
      }
    }
    for (String vm : gone) {
      told.remove(vm);
      wait.say(vm + " has left, " + now.size() + " to go");
    }
  }
}
