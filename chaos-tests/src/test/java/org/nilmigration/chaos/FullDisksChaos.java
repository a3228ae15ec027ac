package org.nilmigration.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.nilmigration.config.ByteSize;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.MachineType;
import org.nilmigration.daemon.api.PlacementDocument;
import org.nilmigration.daemon.chaos.GuestStory;
import org.nilmigration.daemon.chaos.WritingClient;
import org.nilmigration.daemon.lab.Await;
import org.nilmigration.daemon.lab.GuestImage;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabGuest;
import org.nilmigration.daemon.lab.LabHost;
import org.nilmigration.daemon.lab.LabOptions;
import org.nilmigration.daemon.lab.SmallDisk;

/**
 * File systems without any room while a guest runs: that of the region, those of the hosts' own
 * files. Does not inject: file systems that answer with errors or not at all.
 */
class FullDisksChaos {
  @RegisterExtension private final Labs labs = new Labs();

  private static PlacementDocument placement(LabHost asked, String guest) {
    return asked.api().guest(guest).placement();
  }

  @Test
  void aFullRegionIsSaidAndEndsNoDaemon() {
    ByteSize room = ByteSize.ofMiB(1024);
    Lab lab = labs.start(LabOptions.twoHosts().withRegion(room).withSharedMemory(room));
    LabHost a = lab.host("A");
    GuestImage image = GuestImage.find();
    GuestStory story =
        GuestStory.begin(
            lab, LabGuest.config("g", image, MachineType.MICROVM, "nil.memtester=16M", "A"), "B");
    lab.disk().fill();

    a.api().apply(LabGuest.config("late", image, MachineType.MICROVM, "", "A"));
    PlacementDocument late =
        Await.until(
            "guest late has failed",
            GuestStory.SOON,
            () ->
                Optional.ofNullable(placement(a, "late")).filter(p -> p.state().equals("FAILED")));
    assertThat(late.note()).contains("region full");
    story.goesOn();
    story.awaitProtected();

    lab.disk().free();
    story.goesOn();
    story.awaitProtected();
    story.crash();
    story.goesOn();
  }

  @Test
  void hostsWithoutRoomForTheirOwnFilesProtectTheGuest() throws IOException {
    Lab lab = labs.prepare(LabOptions.twoHosts());
    LabHost a = lab.host("A");
    LabHost b = lab.host("B");
    try (SmallDisk diskOfA = disk(a);
        SmallDisk diskOfB = disk(b)) {
      a.start();
      b.start();
      GuestStory story = GuestStory.begin(lab, WritingClient.guest("A"), "B");
      try (WritingClient client = WritingClient.begin(lab, a)) {
        diskOfA.fill();
        diskOfB.fill();
        client.goesOn();
        story.awaitProtected();

        long generation = placement(b, "g").generation();
        long killed = a.kill().lastNanos();
        story.guest().awaitTakeover("B", generation + 1, GuestStory.SOON);
        System.out.println("kill: silence " + client.movedTo(b, killed));
        assertThatThrownBy(a::start).isInstanceOf(FaultException.class);
        assertThat(HostLogs.read(a)).contains("cannot be written (No space left on device)");

        diskOfA.free();
        a.start();
        story.guest().awaitProtected("B", "A", GuestStory.SOON);
        client.goesOn();
        System.out.println("frames " + client.judgeFrames());
        System.out.println("writes " + client.finish());
      }
    }
  }

  private static SmallDisk disk(LabHost host) throws IOException {
    return SmallDisk.mount(Files.createDirectory(host.stateDirectory()), ByteSize.ofMiB(16));
  }
}
