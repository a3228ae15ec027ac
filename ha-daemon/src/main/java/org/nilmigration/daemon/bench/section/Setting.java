package org.nilmigration.daemon.bench.section;

import java.util.List;
import org.nilmigration.config.Accelerator;
import org.nilmigration.config.MachineType;
import org.nilmigration.daemon.cli.Progress;
import org.nilmigration.daemon.lab.GuestImage;

/**
 * What every section of a run shares.
 *
 * @param machines the types that are measured where it makes a difference, never empty
 * @param quick whether a rough figure soon is wanted rather than a good one
 */
public record Setting(
    Accelerator accelerator,
    GuestImage image,
    List<MachineType> machines,
    boolean quick,
    Progress progress) {
  public Setting {
    machines = List.copyOf(machines);
  }

  /** How often to measure. */
  public int times(int quickly, int thoroughly) {
    return quick ? quickly : thoroughly;
  }

  /** Says what is being done now. */
  public void doing(Section section, String what) {
    progress.detail(section.name() + ": " + what);
  }
}
