package org.nilmigration.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.nilmigration.daemon.chaos.GuestStory;
import org.nilmigration.daemon.chaos.Qemus;
import org.nilmigration.daemon.chaos.WritingClient;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabHost;
import org.nilmigration.daemon.lab.LabOptions;

/**
 * The owner stands still (SIGSTOP) for longer than a takeover and then goes on as if nothing had
 * happened: nothing stale leaves it, its guest is killed, and its log says why.
 */
class StalledOwnerIT {
  @RegisterExtension private final Labs labs = new Labs();

  private void stall(Consumer<LabHost> freeze) throws IOException {
    Lab lab = labs.start(LabOptions.twoHosts());
    GuestStory story = GuestStory.begin(lab, WritingClient.guest("A"), "B");
    LabHost stalled = story.ownerHost();
    long former = Qemus.of(stalled).getFirst().pid();
    try (WritingClient client = WritingClient.begin(lab, stalled)) {
      GuestStory.Eve eve = story.eve();
      long frozen = System.nanoTime();

      freeze.accept(stalled);
      story.takenOverFromRunning(eve);
      System.out.println("stall: silence " + client.movedTo(story.ownerHost(), frozen));
      stalled.thaw();
      Qemus.awaitKilled(stalled, former);
      story.awaitProtected();
      client.goesOn();

      System.out.println("frames " + client.judgeFrames());
      System.out.println("writes " + client.finish());
    }
    assertThat(Files.readString(stalled.log())).contains("vm=g killed here: ");
  }

  @Test
  void aHostThatStoodStillAsAWholeSaysNothingStale() throws IOException {
    stall(LabHost::freeze);
  }

  @Test
  void aGuestWhoseDaemonStandsStillIsMute() throws IOException {
    stall(LabHost::freezeDaemon);
  }
}
