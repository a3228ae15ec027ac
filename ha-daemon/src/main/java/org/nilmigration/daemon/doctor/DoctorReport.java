package org.nilmigration.daemon.doctor;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.HostConfig;

/** All findings about a host. */
public record DoctorReport(List<Finding> findings) {
  private static final int NAME_WIDTH = 14;

  public DoctorReport {
    findings = List.copyOf(findings);
  }

  /** Looks at everything; takes seconds. */
  public static DoctorReport of(HostConfig config) {
    return new DoctorReport(Doctor.examine(config));
  }

  /** One line for each finding. */
  public void print(PrintWriter out) {
    for (Finding finding : findings) {
      String level = finding.level().name().toLowerCase(Locale.ROOT);
      out.println(
          level
              + " ".repeat(6 - level.length())
              + finding.check()
              + " ".repeat(NAME_WIDTH - finding.check().length())
              + finding.found());
    }
  }

  /**
   * @throws FaultException UNAVAILABLE when this host can run no guests
   */
  public void requireUsable() {
    long failed = findings.stream().filter(f -> f.level() == Finding.Level.FAIL).count();
    if (failed > 0) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "this host can run no guests: found %d of %d checks failed, expected none; see their remedies"
              .formatted(failed, findings.size()));
    }
  }
}
