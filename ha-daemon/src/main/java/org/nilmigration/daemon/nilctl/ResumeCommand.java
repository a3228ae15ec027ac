package org.nilmigration.daemon.nilctl;

import java.util.Map;
import org.nilmigration.daemon.cli.OutputOption;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code nilctl resume}: the end of a pause of HA. */
@Command(name = "resume", description = "Ends a pause of HA.", sortOptions = false)
final class ResumeCommand implements Runnable {
  @Parameters(
      paramLabel = "GUEST",
      arity = "0..1",
      description = "the pause of this guest; default: that of all")
  private String guest;

  @Mixin private OrderOptions order;
  @Mixin private OutputOption output;
  @Mixin private ConnectionOptions connection;

  @Override
  public void run() {
    Map<?, ?> done =
        connection.client().post(PauseCommand.path(guest, "resume"), order.order(), Map.class);
    String subject = guest == null ? "all guests" : "guest " + guest;
    output.print(done, out -> out.println("HA of " + subject + " is not paused any more"));
  }
}
