package org.nilmigration.daemon.nilctl;

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.daemon.api.OperationDocument;
import org.nilmigration.daemon.api.OperationRequest;
import org.nilmigration.daemon.api.OrderRequest;
import org.nilmigration.daemon.cli.OutputOption;

/** An operation on a guest, from the request to its end. */
record AskedOperation(ApiClient client, WaitOptions waiting, OutputOption output) {

  private static final Duration GRACE = Duration.ofSeconds(10);

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
    OperationDocument ended = await(asked.id(), doing);
    if (!ended.state().equals("DONE")) {
      throw new FaultException(
          ended.exitCode() == 0 ? FaultKind.ERROR : FaultKind.of(ended.exitCode()), how(ended));
    }
    output.print(ended, out -> out.println(done + timings(ended)));
  }

  /**
   * Has what is under way of a guest end early.
   *
   * @throws FaultException USAGE when nothing is, ERROR when it was too late
   */
  void cancel(String guest, OrderRequest order) {
    OperationDocument open =
        Arrays.stream(client.get("/operations", OperationDocument[].class))
            .filter(operation -> guest.equals(operation.vm()) && !operation.ended())
            .findFirst()
            .orElseThrow(() ->
                new FaultException(
                    FaultKind.USAGE,
                    "guest %s: found no operation under way, expected one to cancel; see 'nilctl vm show %s'"
                        .formatted(guest, guest)));
    client.post(ApiClient.path("operations", open.id(), "cancel"), order, OperationDocument.class);
    if (!waiting.waits()) {
      output.print(open, out -> out.println("operation " + open.id() + " is to end"));
      return;
    }
    OperationDocument ended = await(open.id(), "operation " + open.id() + " is given up");
    if (ended.state().equals("DONE")) {
      throw new FaultException(FaultKind.ERROR, "too late to cancel: " + how(ended));
    }
    output.print(ended, out -> out.println(how(ended)));
  }

  private static String how(OperationDocument ended) {
    return ended.detail() == null
        ? "operation %s of guest %s ended as %s".formatted(ended.id(), ended.vm(), ended.state())
        : ended.detail();
  }

  private OperationDocument await(String id, String doing) {
    String path = ApiClient.path("operations", id);
    AtomicReference<String> howFar = new AtomicReference<>("");
    AtomicReference<String> told = new AtomicReference<>();
    return waiting.until(
        GRACE,
        () -> doing + howFar.get(),
        () -> {
          OperationDocument now = client.get(path, OperationDocument.class);
          tell(now, told);
          howFar.set(now.detail() == null ? "" : ", " + now.detail());
          return Optional.of(now).filter(OperationDocument::ended);
        });
  }

  /** A line for each phase that takes its time. */
  private void tell(OperationDocument now, AtomicReference<String> told) {
    if (now.phase() == null || now.ended() || now.phase().equals(told.getAndSet(now.phase()))) {
      return;
    }
    String what =
        switch (now.phase()) {
          case "DECOUPLE" -> "its memory moves into the region while it runs";
          case "HANDOFF" -> "it changes hands";
          case "RECOUPLE" -> "its memory moves into its host while it runs";
          default -> now.phase();
        };
    waiting.say("guest " + now.vm() + ": " + what);
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
