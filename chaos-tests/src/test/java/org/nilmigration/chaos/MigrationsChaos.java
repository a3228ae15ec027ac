package org.nilmigration.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.nilmigration.daemon.chaos.GuestStory;
import org.nilmigration.daemon.chaos.WritingClient;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabOptions;

/**
 * Planned moves back and forth, at random times, of a guest that tests its memory and serves a
 * client. Injects nothing: a move alone must cost neither a bit of memory nor an acknowledged
 * write, however often.
 */
class MigrationsChaos {
  private static final int MIGRATIONS = Integer.getInteger("nil.chaos.migrations", 200);
  private static final long SEED = Long.getLong("nil.chaos.seed", System.nanoTime());
  private static final int MOVES_OF_A_CHAPTER = 10;

  @RegisterExtension private final Labs labs = new Labs();

  @Test
  @Timeout(7200)
  void nothingIsLostHoweverOftenAGuestMoves() throws InterruptedException {
    System.out.println("nil.chaos.migrations=" + MIGRATIONS + " nil.chaos.seed=" + SEED);
    Random random = new Random(SEED);
    Lab lab = labs.start(LabOptions.twoHosts());
    GuestStory story = GuestStory.begin(lab, WritingClient.guest("A", "nil.memtester=16M"), "B");
    try (WritingClient client = WritingClient.begin(lab, story.ownerHost())) {
      for (int i = 1; i <= MIGRATIONS; i++) {
        Thread.sleep(random.nextInt(200));
        long asked = System.nanoTime();
        story.move();
        System.out.println(
            "move %d: silence %s".formatted(i, client.movedTo(story.ownerHost(), asked)));
        if (i % MOVES_OF_A_CHAPTER == 0 || i == MIGRATIONS) {
          assertThat(client.judgeFrames().lateFrames()).isZero();
        }
      }
      story.goesOn();
      System.out.println("writes " + client.finish());
    }
    System.out.println("memory tests passed: " + story.testsPassed());
    assertThat(story.testsPassed()).isPositive();
  }
}
