package org.nilmigration.chaos;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nilmigration.config.ByteSize;
import org.nilmigration.config.MachineType;
import org.nilmigration.daemon.chaos.GuestStory;
import org.nilmigration.daemon.lab.GuestImage;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabGuest;
import org.nilmigration.daemon.lab.LabOptions;

/** The main job, both ways and twice. */
class MoveAndCrashIT {
  @RegisterExtension private final Labs labs = new Labs();

  @ParameterizedTest
  @EnumSource(MachineType.class)
  void aGuestOutlivesEveryHostThatItRunsOn(MachineType machine) {
    Lab lab = labs.start(LabOptions.twoHosts());
    GuestStory story =
        GuestStory.begin(
            lab, LabGuest.config("g", GuestImage.find(), machine, "nil.memtester=16M", "A"), "B");

    story.move();
    story.move();
    story.crash();
    story.rejoin();
    story.crash();
    story.rejoin();
    story.move();
    story.goesOn();
  }

  @Test
  void twoVcpusGoOnTogether() {
    Lab lab = labs.start(LabOptions.twoHosts());
    GuestStory story =
        GuestStory.begin(
            lab,
            LabGuest.config("g", GuestImage.find(), MachineType.Q35, "nil.memtester=16M", "A")
                .withSize(2, ByteSize.ofMiB(256)),
            "B");

    story.move();
    story.crash();
    story.rejoin();
    story.move();
    story.goesOn();
  }
}
