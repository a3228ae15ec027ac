package org.nilmigration.daemon.nilctl;

import org.nilmigration.daemon.cli.OutputOption;
import org.nilmigration.daemon.doctor.DoctorReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code nilctl doctor}: needs no nild, but the rights that nild needs. */
@Command(
    name = "doctor",
    description =
        "Checks this host's configuration and machine, one line each, with the remedy; ends with"
            + " 69 when no guest could run here.",
    sortOptions = false)
final class DoctorCommand implements Runnable {
  @Mixin private OutputOption output;
  @Mixin private ConnectionOptions connection;

  @Override
  public void run() {
    DoctorReport report = DoctorReport.of(connection.hostConfig());
    output.print(report, report::print);
    report.requireUsable();
  }
}
