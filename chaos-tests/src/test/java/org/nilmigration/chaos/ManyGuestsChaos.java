package org.nilmigration.chaos;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabHost;
import org.nilmigration.daemon.lab.LabOptions;

/**
 * As {@link ManyGuestsIT} and {@link DrainIT}, with more guests than the machine has processors by
 * far.
 */
class ManyGuestsChaos {
  private static final int GUESTS = Integer.getInteger("nil.chaos.guests", 8);

  @RegisterExtension private final Labs labs = new Labs();

  @Test
  void allGuestsOutliveAHostAndArePairedAnew() {
    Lab lab = labs.start(LabOptions.threeHosts());
    ManyGuests.begin(lab, GUESTS).outlive(lab.host("B"));
  }

  @Test
  void aDrainWaitsForTheHostThatDiedMeanwhile() {
    Lab lab = labs.start(LabOptions.threeHosts());
    List<LabHost> first = List.of(lab.host("A"), lab.host("C"));
    ManyGuests.begin(lab, GUESTS, first).outlive(lab.host("A"), lab.host("B"), lab.host("C"));
  }
}
