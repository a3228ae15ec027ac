package org.nilmigration.daemon.nilctl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/**
 * One run of nilctl inside this process.
 *
 * @param exitCode what the shell would see
 */
record NilctlRun(int exitCode, String out, String err) {
  static NilctlRun of(String... arguments) {
    return of(NilctlMain.commandLine(arguments), arguments);
  }

  static NilctlRun of(CommandLine line, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    int exitCode = line.execute(arguments);
    return new NilctlRun(exitCode, out.toString(), err.toString());
  }

  /** It succeeded and said that on standard output. */
  static void assertOk(NilctlRun run, String... says) {
    assertThat(run.exitCode()).as(run.err()).isZero();
    for (String text : says) {
      assertThat(run.out()).contains(text);
    }
  }
}
