package org.nilmigration.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
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
 * The files of the region are damaged while a guest uses them. No daemon ends by it, each says in
 * one sentence what it found, the guest goes on, and what its client was told stays true.
 */
class StorageFaultsIT {
  @RegisterExtension private final Labs labs = new Labs();

  private static PlacementDocument placement(LabHost asked) {
    return asked.api().guest("g").placement();
  }

  /** Waits until the guest is protected by another log than before. */
  private static void awaitPairedAnew(GuestStory story, PlacementDocument before) {
    Await.until(
        "guest g is paired anew",
        GuestStory.SOON,
        () ->
            Optional.of(placement(story.ownerHost()))
                .filter(now -> now.synced() && now.pairing() > before.pairing()));
    story.awaitProtected();
  }

  @Test
  void aFileThatIsCutShortCostsAPairingAtMost() throws IOException {
    Lab lab = labs.start(LabOptions.twoHosts());
    LabHost a = lab.host("A");
    LabHost b = lab.host("B");
    GuestStory story = GuestStory.begin(lab, WritingClient.guest("A", "nil.memtester=16M"), "B");
    try (WritingClient client = WritingClient.begin(lab, a)) {
      PlacementDocument before = placement(a);
      RegionFiles.truncate(RegionFiles.log(lab, before), 4096);
      awaitPairedAnew(story, before);
      assertThat(HostLogs.read(a)).contains(".log: file shrank while mapped");
      assertThat(HostLogs.read(a)).doesNotContain("Exception in thread");
      client.goesOn();
      story.goesOn();

      before = placement(a);
      RegionFiles.truncate(RegionFiles.shadow(lab, before), 4096);
      awaitPairedAnew(story, before);
      HostLogs.await(
          b,
          ".img: file shrank while mapped",
          "beneath the guest image copied from or to it, failed");
      client.goesOn();
      story.goesOn();

      before = placement(a);
      GuestStory.Eve eve = story.eve();
      long cut = System.nanoTime();
      RegionFiles.truncate(RegionFiles.live(lab, before), 4096);
      story.takenOverFromRunning(eve);
      System.out.println("live image cut: silence " + client.movedTo(b, cut));
      story.awaitProtected();
      client.goesOn();
      story.goesOn();
      System.out.println("frames " + client.judgeFrames());
      System.out.println("writes " + client.finish());
    }
  }

  @Test
  void aLogThatIsChangedOnItsWayIsNeverApplied() throws IOException {
    Lab lab = labs.start(LabOptions.twoHosts());
    LabHost a = lab.host("A");
    GuestStory story = GuestStory.begin(lab, WritingClient.guest("A", "nil.memtester=16M"), "B");
    try (WritingClient client = WritingClient.begin(lab, a)) {
      PlacementDocument before = placement(a);
      RegionFiles.corrupt(
          RegionFiles.log(lab, before),
          () -> !placement(a).synced() || placement(a).pairing() != before.pairing());
      awaitPairedAnew(story, before);
      assertThat(HostLogs.read(lab.host("B"))).contains("epoch log corrupted at position ");
      client.goesOn();
      long killed = System.nanoTime();
      story.crash();
      System.out.println("kill: silence " + client.movedTo(story.ownerHost(), killed));
      story.goesOn();
      System.out.println("frames " + client.judgeFrames());
      System.out.println("writes " + client.finish());
    }
  }
}
