package org.nilmigration.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.nilmigration.daemon.api.HistoryDocument;
import org.nilmigration.daemon.chaos.GuestStory;
import org.nilmigration.daemon.chaos.Qemus;
import org.nilmigration.daemon.chaos.WritingClient;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabHost;
import org.nilmigration.daemon.lab.LabOptions;

/**
 * The owner's daemon is killed at random moments of its epochs while HA is paused, so that its
 * standby does not take over: the next run goes on with guest and standby. Every few rounds the
 * whole host dies, which shows that the standby has what it should.
 */
class DaemonKillsChaos {
  private static final int ROUNDS = Integer.getInteger("nil.chaos.rounds", 20);
  private static final long SEED = Long.getLong("nil.chaos.seed", System.nanoTime());
  private static final int ROUNDS_A_CRASH = 5;

  @RegisterExtension private final Labs labs = new Labs();

  @Test
  @Timeout(value = 2, unit = TimeUnit.HOURS)
  void theNextRunGoesOnWhereverTheLastOneWasKilled() throws InterruptedException {
    System.out.println("nil.chaos.rounds=" + ROUNDS + " nil.chaos.seed=" + SEED);
    Random random = new Random(SEED);
    Lab lab = labs.start(LabOptions.twoHosts());
    GuestStory story = GuestStory.begin(lab, WritingClient.guest("A", "nil.dirty=4"), "B");
    try (WritingClient client = WritingClient.begin(lab, story.ownerHost())) {
      for (int round = 1; round <= ROUNDS; round++) {
        restart(story, client, random);
        if (round % ROUNDS_A_CRASH == 0) {
          GuestStory.Eve eve = story.eve();
          long killed = story.ownerHost().kill().lastNanos();
          story.takenOver(eve, killed);
          System.out.println(
              "round %d: silence %s".formatted(round, client.movedTo(story.ownerHost(), killed)));
          story.rejoin();
        }
        assertThat(client.judgeFrames().lateFrames()).isZero();
        client.goesOn();
      }
      client.finish();
    }
  }

  private static void restart(GuestStory story, WritingClient client, Random random)
      throws InterruptedException {
    LabHost owner = story.ownerHost();
    long qemu = Qemus.of(owner).getFirst().pid();
    long generation = owner.api().guest("g").placement().generation();
    story.standbyHost().api().pause();
    Thread.sleep(random.nextInt(500));
    owner.killDaemon();
    owner.startDaemon();
    HistoryDocument adopted =
        story.guest().awaitRecord(owner.name(), "ADOPTED", generation + 1, GuestStory.SOON);
    System.out.println("adopted in ms: " + adopted.timingsMillis());
    story.standbyHost().api().resume();
    client.goesOn();
    story.awaitProtected();
    story.goesOn();
    assertThat(Qemus.of(owner).getFirst().pid()).isEqualTo(qemu);
  }
}
