package org.nilmigration.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.nilmigration.daemon.api.PlacementDocument;
import org.nilmigration.daemon.chaos.GuestStory;
import org.nilmigration.daemon.chaos.WritingClient;
import org.nilmigration.daemon.lab.Await;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabHost;
import org.nilmigration.daemon.lab.LabOptions;

/**
 * The slot file of a host, with its beats, is removed or damaged. What cannot be read says nothing
 * about the host: a verdict of its own, and no takeover until something else says that it is gone.
 */
class BeatLineChaos {
  @RegisterExtension private final Labs labs = new Labs();

  private static PlacementDocument placement(LabHost asked) {
    return asked.api().guest("g").placement();
  }

  @Test
  void aBeatLineThatIsGoneIsNoDeath() throws IOException {
    Lab lab = labs.start(LabOptions.twoHosts());
    LabHost a = lab.host("A");
    LabHost b = lab.host("B");
    GuestStory story = GuestStory.begin(lab, WritingClient.guest("A"), "B");
    long generation = placement(a).generation();
    try (WritingClient client = WritingClient.begin(lab, a)) {
      Files.delete(RegionFiles.slot(lab, "B"));
      client.goesOn();
      story.awaitProtected();
      b.kill();
      Await.until(
          "guest g has lost its standby",
          GuestStory.SOON,
          () -> Optional.of(placement(a)).filter(now -> now.standby() == null));
      client.goesOn();
      story.rejoin();

      RegionFiles.truncate(RegionFiles.slot(lab, "A"), 0);
      HostLogs.await(b, "host=A beat line cannot be read");
      HostLogs.await(a, "ended: its line cannot be written");
      client.goesOn();
      story.goesOn();
      assertThat(placement(b).generation()).isEqualTo(generation);
      assertThat(b.api().host("A").heartbeat()).isEqualTo("UNKNOWN");

      GuestStory.Eve eve = story.eve();
      a.kill();
      HostLogs.await(b, "its beats were not seen to stop: no takeover");
      assertThat(placement(b).generation()).isEqualTo(generation);
      long restarted = System.nanoTime();
      a.start();
      story.takenOverFromRunning(eve);
      System.out.println("restarted: silence " + client.movedTo(b, restarted));
      story.awaitProtected();
      System.out.println("frames " + client.judgeFrames());
      System.out.println("writes " + client.finish());
    }
  }
}
