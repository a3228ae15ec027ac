package org.nilmigration.chaos;

import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nilmigration.config.ByteSize;
import org.nilmigration.config.MachineType;
import org.nilmigration.daemon.chaos.GuestStory;
import org.nilmigration.daemon.lab.GuestImage;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabGuest;
import org.nilmigration.daemon.lab.LabOptions;

/** The main job with more vCPUs than the machine has processors, and with much memory. */
class LargeGuestChaos {
  private static final ByteSize REGION = ByteSize.ofMiB(28 * 1024);

  @RegisterExtension private final Labs labs = new Labs();

  @ParameterizedTest
  @CsvSource({"MICROVM, 4, 256", "Q35, 4, 256", "MICROVM, 1, 8192", "Q35, 4, 8192"})
  void aLargeGuestOutlivesEveryHostThatItRunsOn(MachineType machine, int vcpus, int memoryMiB) {
    Lab lab = labs.start(LabOptions.twoHosts().withRegion(REGION));
    GuestStory story =
        GuestStory.begin(
            lab,
            LabGuest.config("g", GuestImage.find(), machine, "nil.dirty=64 nil.memtester=16M", "A")
                .withSize(vcpus, ByteSize.ofMiB(memoryMiB)),
            "B");

    story.move();
    story.move();
    story.crash();
    story.rejoin();
    story.move();
    story.goesOn();
  }
}
