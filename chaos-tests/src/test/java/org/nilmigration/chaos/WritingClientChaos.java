package org.nilmigration.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.nilmigration.daemon.chaos.GuestStory;
import org.nilmigration.daemon.chaos.WritingClient;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabOptions;

/**
 * One client, one connection, many crashes at random times. Injects: SIGKILL of whole hosts. Does
 * not inject: loss of ZooKeeper, slow or lost region, both hosts at once.
 */
class WritingClientChaos {
  private static final int KILLS = Integer.getInteger("nil.chaos.kills", 100);
  private static final long SEED = Long.getLong("nil.chaos.seed", System.nanoTime());

  @RegisterExtension private final Labs labs = new Labs();

  @Test
  @Timeout(value = 3, unit = TimeUnit.HOURS)
  void noAcknowledgedWriteIsLostOrAppliedTwice() throws InterruptedException {
    System.out.println("nil.chaos.kills=" + KILLS + " nil.chaos.seed=" + SEED);
    Random random = new Random(SEED);
    Lab lab = labs.start(LabOptions.twoHosts());
    GuestStory story = GuestStory.begin(lab, WritingClient.guest("A"), "B");
    try (WritingClient client = WritingClient.begin(lab, story.ownerHost())) {
      for (int i = 1; i <= KILLS; i++) {
        Thread.sleep(random.nextInt(1_000));
        long killed = System.nanoTime();
        story.crash();
        System.out.println(
            "kill %d: silence %s".formatted(i, client.movedTo(story.ownerHost(), killed)));
        story.rejoin();
        client.goesOn();
        assertThat(client.judgeFrames().lateFrames()).isZero();
        client.goesOn();
      }
      System.out.println("writes " + client.finish());
    }
  }
}
