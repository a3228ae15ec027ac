package org.nilmigration.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.nilmigration.config.MachineType;
import org.nilmigration.daemon.chaos.GuestStory;
import org.nilmigration.daemon.lab.ConsoleLog;
import org.nilmigration.daemon.lab.GuestImage;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabGuest;
import org.nilmigration.daemon.lab.LabHost;
import org.nilmigration.daemon.lab.LabOptions;

/** A host stands still as a whole (SIGSTOP), is deposed, and wakes up again. */
class HungHostChaos {
  @RegisterExtension private final Labs labs = new Labs();

  @Test
  void aHostThatWakesUpAfterATakeoverGivesTheGuestUp() {
    Lab lab = labs.start(LabOptions.twoHosts());
    GuestStory story =
        GuestStory.begin(
            lab,
            LabGuest.config("g", GuestImage.find(), MachineType.MICROVM, "nil.dirty=4", "A"),
            "B");
    LabHost hung = story.ownerHost();
    GuestStory.Eve eve = story.eve();

    hung.freeze();
    story.takenOver(eve, System.nanoTime());
    int printed = story.guest().console("A").ticks().size();
    hung.thaw();

    story.awaitProtected();
    story.goesOn();
    ConsoleLog afterwards = story.guest().console("A");
    // What it printed between waking up and being killed was never committed: a few ticks at most.
    assertThat(afterwards.ticks().size() - printed).isLessThan(10);
  }
}
