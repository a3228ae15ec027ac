package org.nilmigration.chaos;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabOptions;

/** Several guests over three hosts, one of which dies. */
class ManyGuestsIT {
  @RegisterExtension private final Labs labs = new Labs();

  @Test
  void allGuestsOutliveAHostAndArePairedAnew() {
    Lab lab = labs.start(LabOptions.threeHosts());
    ManyGuests.begin(lab, 4).outlive(lab.host("B"));
  }
}
