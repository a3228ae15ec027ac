package org.nilmigration.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.nilmigration.daemon.chaos.GuestStory;
import org.nilmigration.daemon.chaos.Qemus;
import org.nilmigration.daemon.chaos.WritingClient;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabHost;
import org.nilmigration.daemon.lab.LabOptions;

/**
 * A daemon ends, its host does not: the guest runs on, and the next run of the daemon goes on with
 * it, or kills it where its standby took it over meanwhile.
 */
class DaemonRestartIT {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration SHORT = Duration.ofSeconds(2);

  @RegisterExtension private final Labs labs = new Labs();

  private static long qemu(LabHost host) {
    return Qemus.of(host).getFirst().pid();
  }

  @Test
  void aDaemonThatIsStoppedLeavesItsGuestAndItsNextRunProtectsItAsBefore() {
    Lab lab = labs.start(LabOptions.twoHosts().withLease(LONG));
    GuestStory story = GuestStory.begin(lab, WritingClient.guest("A"), "B");
    LabHost owner = story.ownerHost();
    try (WritingClient client = WritingClient.begin(lab, owner)) {
      long generation = owner.api().guest("g").placement().generation();
      for (int restart = 1; restart <= 2; restart++) {
        long before = qemu(owner);
        owner.stopDaemon();
        assertThat(qemu(owner)).isEqualTo(before);
        owner.startDaemon();
        story.guest().awaitRecord("A", "ADOPTED", generation + restart, GuestStory.SOON);
        client.goesOn();
        story.awaitProtected();
        story.goesOn();
        assertThat(qemu(owner)).isEqualTo(before);
      }
      assertThat(owner.api().latest("g", "UNPAIRED")).isEmpty();
      assertThat(owner.api().latest("g", "TAKEOVER")).isEmpty();

      GuestStory.Eve eve = story.eve();
      long killed = owner.kill().lastNanos();
      story.takenOver(eve, killed);
      client.movedTo(story.ownerHost(), killed);
      client.judgeFrames();
      client.finish();
    }
  }

  @Test
  void aDaemonThatIsKilledLosesItsGuestToTheStandbyAndItsNextRunKillsWhatIsLeft() {
    Lab lab = labs.start(LabOptions.twoHosts());
    GuestStory story = GuestStory.begin(lab, WritingClient.guest("A"), "B");
    LabHost former = story.ownerHost();
    long left = qemu(former);
    try (WritingClient client = WritingClient.begin(lab, former)) {
      GuestStory.Eve eve = story.eve();
      long killed = System.nanoTime();
      former.killDaemon();
      story.takenOverFromRunning(eve);
      client.movedTo(story.ownerHost(), killed);
      assertThat(qemu(former)).isEqualTo(left);

      former.startDaemon();
      Qemus.awaitKilled(former, left);
      story.awaitProtected();
      client.goesOn();
      client.judgeFrames();
      client.finish();
    }
  }

  @Test
  void aGuestWithoutAStandbyServesWhileItsDaemonIsDead() {
    Lab lab = labs.prepare(LabOptions.twoHosts());
    LabHost owner = lab.host("A");
    owner.start();
    GuestStory story = GuestStory.beginAlone(lab, WritingClient.guest("A"), "B");
    try (WritingClient client = WritingClient.begin(lab, owner)) {
      long before = qemu(owner);
      owner.killDaemon();
      client.goesOn();
      owner.startDaemon();
      story.guest().awaitRecord("A", "ADOPTED", 2, GuestStory.SOON);
      client.goesOn();
      assertThat(qemu(owner)).isEqualTo(before);

      lab.host("B").start();
      story.awaitProtected();
      GuestStory.Eve eve = story.eve();
      long killed = owner.kill().lastNanos();
      story.takenOver(eve, killed);
      client.movedTo(story.ownerHost(), killed);
      client.finish();
    }
  }

  @Test
  void aDaemonThatDoesNotComeBackInItsLeaseLosesItsGuestToTheStandby() {
    Lab lab = labs.start(LabOptions.twoHosts().withLease(SHORT));
    GuestStory story = GuestStory.begin(lab, WritingClient.guest("A"), "B");
    LabHost former = story.ownerHost();
    long left = qemu(former);
    try (WritingClient client = WritingClient.begin(lab, former)) {
      GuestStory.Eve eve = story.eve();
      former.stopDaemon();
      long stopped = System.nanoTime();
      story.takenOverFromRunning(eve);
      Duration silence = client.movedTo(story.ownerHost(), stopped);
      assertThat(silence).isGreaterThan(SHORT.dividedBy(2));

      former.startDaemon();
      Qemus.awaitKilled(former, left);
      story.awaitProtected();
      client.judgeFrames();
      client.finish();
    }
  }
}
