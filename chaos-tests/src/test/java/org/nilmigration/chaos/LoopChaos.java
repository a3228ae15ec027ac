package org.nilmigration.chaos;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.nilmigration.config.MachineType;
import org.nilmigration.daemon.chaos.GuestStory;
import org.nilmigration.daemon.lab.GuestImage;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabGuest;
import org.nilmigration.daemon.lab.LabOptions;

/**
 * The same again and again, at random times. Injects: SIGKILL of whole hosts, planned moves. Does
 * not inject: loss of ZooKeeper, slow or lost region, both hosts at once.
 */
class LoopChaos {
  private static final int ROUNDS = Integer.getInteger("nil.chaos.rounds", 20);
  private static final long SEED = Long.getLong("nil.chaos.seed", System.nanoTime());

  @RegisterExtension private final Labs labs = new Labs();

  private GuestStory begin() {
    System.out.println("nil.chaos.rounds=" + ROUNDS + " nil.chaos.seed=" + SEED);
    Lab lab = labs.start(LabOptions.twoHosts());
    return GuestStory.begin(
        lab,
        LabGuest.config("g", GuestImage.find(), MachineType.MICROVM, "nil.memtester=16M", "A"),
        "B");
  }

  @Test
  void aGuestOutlivesManyCrashes() throws InterruptedException {
    Random random = new Random(SEED);
    GuestStory story = begin();
    for (int i = 0; i < ROUNDS; i++) {
      Thread.sleep(random.nextInt(1_000));
      story.crash();
      story.rejoin();
    }
  }

  @Test
  void aGuestMovesManyTimesWithoutRepeatingATick() throws InterruptedException {
    Random random = new Random(SEED);
    GuestStory story = begin();
    for (int i = 0; i < ROUNDS; i++) {
      story.move();
      Thread.sleep(random.nextInt(200));
    }
    story.goesOn();
  }
}
