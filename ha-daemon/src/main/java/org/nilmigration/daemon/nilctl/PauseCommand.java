package org.nilmigration.daemon.nilctl;

import org.nilmigration.daemon.api.PauseDocument;
import org.nilmigration.daemon.cli.OutputOption;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code nilctl pause}: HA keeps its hands off. */
@Command(
    name = "pause",
    description = {
      "Pauses HA: no host takes a guest over or chooses a standby by itself.",
      "Guests run on, protected as they are."
    },
    sortOptions = false)
final class PauseCommand implements Runnable {
  @Parameters(paramLabel = "GUEST", arity = "0..1", description = "only this guest; default: all")
  private String guest;

  @Mixin private OrderOptions order;
  @Mixin private OutputOption output;
  @Mixin private ConnectionOptions connection;

  @Override
  public void run() {
    PauseDocument pause =
        connection.client().post(path(guest, "pause"), order.order(), PauseDocument.class);
    output.print(pause, out -> out.println(pause.sentence()));
  }

  static String path(String guestOrNull, String order) {
    return guestOrNull == null ? ApiClient.path(order) : ApiClient.path("vms", guestOrNull, order);
  }
}
