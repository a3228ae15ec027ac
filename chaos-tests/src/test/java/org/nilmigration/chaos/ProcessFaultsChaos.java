package org.nilmigration.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.nilmigration.daemon.api.PlacementDocument;
import org.nilmigration.daemon.chaos.GuestStory;
import org.nilmigration.daemon.chaos.Qemus;
import org.nilmigration.daemon.chaos.WritingClient;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabHost;
import org.nilmigration.daemon.lab.LabOptions;

/**
 * A guest's process stands still while its daemon beats, and both hosts die at once. Daemons and
 * whole hosts that stand still: {@code nilctl chaos run}, played by {@link ChaosScheduleChaos}.
 */
class ProcessFaultsChaos {
  @RegisterExtension private final Labs labs = new Labs();

  private static PlacementDocument placement(LabHost asked) {
    return asked.api().guest("g").placement();
  }

  private static void signal(String signal, ProcessHandle process)
      throws IOException, InterruptedException {
    Process kill =
        new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).inheritIO().start();
    assertThat(kill.waitFor()).isZero();
  }

  @Test
  void aQemuThatStandsStillForAMomentGoesOn() throws Exception {
    Lab lab = labs.start(LabOptions.twoHosts());
    GuestStory story = GuestStory.begin(lab, WritingClient.guest("A", "nil.memtester=16M"), "B");
    long generation = placement(lab.host("A")).generation();
    try (WritingClient client = WritingClient.begin(lab, lab.host("A"))) {
      for (Duration stall : new Duration[] {Duration.ofMillis(50), Duration.ofSeconds(2)}) {
        ProcessHandle qemu = Qemus.of(lab.host("A")).getFirst();
        signal("STOP", qemu);
        Thread.sleep(stall);
        signal("CONT", qemu);
        story.awaitProtected();
        client.goesOn();
        story.goesOn();
      }
      assertThat(placement(lab.host("A")).generation()).isEqualTo(generation);
      System.out.println("frames " + client.judgeFrames());
      System.out.println("writes " + client.finish());
    }
  }

  @Test
  void aQemuThatDoesNotAnswerIsTakenOver() throws Exception {
    Lab lab = labs.start(LabOptions.twoHosts());
    LabHost a = lab.host("A");
    GuestStory story = GuestStory.begin(lab, WritingClient.guest("A", "nil.memtester=16M"), "B");
    try (WritingClient client = WritingClient.begin(lab, a)) {
      ProcessHandle qemu = Qemus.of(a).getFirst();
      GuestStory.Eve eve = story.eve();
      long stopped = System.nanoTime();
      signal("STOP", qemu);
      story.takenOver(eve, stopped);
      System.out.println("stopped QEMU: silence " + client.movedTo(lab.host("B"), stopped));
      story.awaitProtected();
      assertThat(qemu.isAlive()).isFalse();
      System.out.println("frames " + client.judgeFrames());
      System.out.println("writes " + client.finish());
    }
  }

  /** Its memory is in the region: whoever is back first goes on with it. */
  @Test
  void aGuestOutlivesBothItsHosts() {
    Lab lab = labs.start(LabOptions.twoHosts());
    LabHost a = lab.host("A");
    LabHost b = lab.host("B");
    GuestStory story = GuestStory.begin(lab, WritingClient.guest("A", "nil.memtester=16M"), "B");
    try (WritingClient client = WritingClient.begin(lab, a)) {
      GuestStory.Eve eve = story.eve();
      long killed = a.kill().lastNanos();
      b.kill();
      b.start();
      story.takenOver(eve, killed);
      System.out.println("both hosts: silence " + client.movedTo(b, killed));
      a.start();
      story.awaitProtected();
      System.out.println("frames " + client.judgeFrames());
      System.out.println("writes " + client.finish());
      assertThat(b.api().latest("g", "COLD_START")).isEmpty();
    }
  }
}
