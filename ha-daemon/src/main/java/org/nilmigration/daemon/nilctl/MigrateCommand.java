package org.nilmigration.daemon.nilctl;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.daemon.api.OperationDocument;
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
      description = "the host that shall run it; its standby at present")
  private String to;

  @Mixin private WaitOptions wait;
  @Mixin private OutputOption output;
  @Mixin private ConnectionOptions connection;

  @Override
  public void run() {
    ApiClient client = connection.client();
    OperationDocument asked =
        client.post(
            "/operations", new OperationRequest("migrate", name, to), OperationDocument.class);
    String path = ApiClient.path("operations", asked.id());
    if (!wait.waits()) {
      output.print(asked, out -> out.println("operation " + asked.id() + " is submitted"));
      return;
    }
    OperationDocument ended =
        wait.until(
            "guest " + name + " moves to host " + to,
            () ->
                Optional.of(client.get(path, OperationDocument.class))
                    .filter(OperationDocument::ended));
    if (!ended.state().equals("DONE")) {
      String detail =
          "operation %s of guest %s ended as %s".formatted(asked.id(), name, ended.state());
      throw new FaultException(kind(ended), ended.detail() == null ? detail : ended.detail());
    }
    output.print(
        ended, out -> out.println("guest " + name + " runs on host " + to + timings(ended)));
  }

  private static FaultKind kind(OperationDocument ended) {
    for (FaultKind kind : FaultKind.values()) {
      if (ended.exitCode() != null && ended.exitCode() == kind.exitCode()) {
        return kind;
      }
    }
    return FaultKind.ERROR;
  }

  private static String timings(OperationDocument ended) {
    if (ended.timingsMillis() == null || ended.timingsMillis().isEmpty()) {
      return "";
    }
    return ended.timingsMillis().entrySet().stream()
        .map(step -> String.format(Locale.ROOT, "%s %.2f ms", step.getKey(), step.getValue()))
        .sorted()
        .collect(Collectors.joining(", ", " (", ")"));
  }
}
