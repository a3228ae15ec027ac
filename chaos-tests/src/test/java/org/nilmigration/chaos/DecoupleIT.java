package org.nilmigration.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.nilmigration.config.MachineType;
import org.nilmigration.config.MemoryPlacement;
import org.nilmigration.daemon.chaos.GuestStory;
import org.nilmigration.daemon.lab.GuestImage;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabGuest;
import org.nilmigration.daemon.lab.LabOptions;

/**
 * A guest whose memory begins in its host, on real hosts: it moves, is moved with, and survives.
 */
class DecoupleIT {
  private static final Duration SOON = Duration.ofMinutes(2);

  @RegisterExtension private final Labs labs = new Labs();

  @Test
  void memoryMovesWithTheGuestRunningAndProtected() {
    Lab lab = labs.start(LabOptions.twoHosts());
    GuestStory story =
        GuestStory.begin(
            lab,
            LabGuest.config("g", GuestImage.find(), MachineType.MICROVM, "nil.memtester=16M", "A")
                .withPlacement(MemoryPlacement.LOCAL),
            "B");
    assertMemory(story, "LOCAL");

    moves(story, "decouple", "CXL");
    moves(story, "recouple", "LOCAL");
    story.move(); // decouples by itself
    assertMemory(story, "CXL");
    moves(story, "recouple", "LOCAL");
    story.crash();
    assertMemory(story, "CXL");
    story.rejoin();
    moves(story, "recouple", "LOCAL");
    story.goesOn();
  }

  private static void moves(GuestStory story, String type, String memory) {
    story.guest().moveMemory(story.ownerHost().name(), type, SOON);
    assertMemory(story, memory);
    story.goesOn();
    story.awaitProtected();
  }

  private static void assertMemory(GuestStory story, String memory) {
    assertThat(story.ownerHost().api().guest(story.guest().name()).placement().memory())
        .isEqualTo(memory);
  }
}
