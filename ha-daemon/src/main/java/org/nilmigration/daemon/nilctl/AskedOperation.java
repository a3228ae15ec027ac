package org.nilmigration.daemon.nilctl;

import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.daemon.api.OperationDocument;
import org.nilmigration.daemon.api.OperationRequest;
import org.nilmigration.daemon.cli.OutputOption;

/** An operation on a guest, from the request to its end. */
record AskedOperation(ApiClient client, WaitOptions waiting, OutputOption output) {

  /**
   * Asks, waits unless it is not to, and prints.
   *
   * @param doing what happens meanwhile, for people
   * @param done what is true afterwards, for people
   * @throws FaultException of the kind that the operation failed with
   */
  void run(OperationRequest request, String doing, String done) {
    OperationDocument asked = client.post("/operations", request, OperationDocument.class);
    if (!waiting.waits()) {
      output.print(asked, out -> out.println("operation " + asked.id() + " is submitted"));
      return;
    }
    OperationDocument ended = await(asked, doing);
    if (!ended.state().equals("DONE")) {
      String detail =
          "operation %s of guest %s ended as %s".formatted(asked.id(), asked.vm(), ended.state());
      throw new FaultException(kind(ended), ended.detail() == null ? detail : ended.detail());
    }
    output.print(ended, out -> out.println(done + timings(ended)));
  }

  private OperationDocument await(OperationDocument asked, String doing) {
    String path = ApiClient.path("operations", asked.id());
    AtomicReference<String> howFar = new AtomicReference<>("");
    return waiting.until(
        () -> doing + howFar.get(),
        () -> {
          OperationDocument now = client.get(path, OperationDocument.class);
          howFar.set(now.detail() == null ? "" : ", " + now.detail());
          return Optional.of(now).filter(OperationDocument::ended);
        });
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
