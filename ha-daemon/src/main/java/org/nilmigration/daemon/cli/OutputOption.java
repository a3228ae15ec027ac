package org.nilmigration.daemon.cli;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.Consumer;
import org.nilmigration.daemon.api.Json;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code -o table|json}. Results go to standard output, remarks on them to standard error. */
public final class OutputOption {
  private enum Format {
    TABLE,
    JSON;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
  private Format format;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  /** Prints the document as JSON, or what {@code human} writes for people. */
  public void print(Object document, Consumer<PrintWriter> human) {
    PrintWriter out = command.commandLine().getOut();
    if (format == Format.JSON) {
      out.println(Json.write(document));
    } else {
      human.accept(out);
    }
    out.flush();
  }

  /** Says something that is no result, such as why a table is empty. */
  public void remark(String sentence) {
    PrintWriter err = command.commandLine().getErr();
    err.println(sentence);
    err.flush();
  }
}
