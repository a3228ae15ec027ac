package org.nilmigration.daemon.nilctl;

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
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = NilctlMain.commandLine();
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    int exitCode = line.execute(arguments);
    return new NilctlRun(exitCode, out.toString(), err.toString());
  }
}
