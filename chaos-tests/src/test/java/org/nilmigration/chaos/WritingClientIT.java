package org.nilmigration.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.nilmigration.daemon.chaos.GuestStory;
import org.nilmigration.daemon.chaos.WritingClient;
import org.nilmigration.daemon.lab.FrameJudge;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabOptions;

/** Nothing that a client was told is undone by a planned move or by the death of a host. */
class WritingClientIT {
  private static final long SEED = Long.getLong("nil.chaos.seed", System.nanoTime());

  @RegisterExtension private final Labs labs = new Labs();

  @Test
  void oneConnectionOutlivesAMoveAndTwoCrashes() throws InterruptedException {
    System.out.println("nil.chaos.seed=" + SEED);
    Random random = new Random(SEED);
    Lab lab = labs.start(LabOptions.twoHosts());
    GuestStory story = GuestStory.begin(lab, WritingClient.guest("A"), "B");
    try (WritingClient client = WritingClient.begin(lab, story.ownerHost())) {
      long asked = System.nanoTime();
      story.move();
      System.out.println("move: silence " + client.movedTo(story.ownerHost(), asked));

      for (int i = 0; i < 2; i++) {
        Thread.sleep(random.nextInt(500));
        long killed = System.nanoTime();
        story.crash();
        System.out.println("kill: silence " + client.movedTo(story.ownerHost(), killed));
        story.rejoin();
        client.goesOn();
      }

      FrameJudge.Verdict frames = client.judgeFrames();
      assertThat(frames.framesByPort()).hasSize(3);
      assertThat(frames.lateFrames()).isZero();
      assertThat(client.finish().acknowledged()).isPositive();
    }
  }
}
