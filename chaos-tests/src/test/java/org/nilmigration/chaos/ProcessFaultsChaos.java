package org.nilmigration.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.nilmigration.daemon.api.PlacementDocument;
import org.nilmigration.daemon.chaos.GuestStory;
import org.nilmigration.daemon.chaos.WritingClient;
import org.nilmigration.daemon.lab.Await;
import org.nilmigration.daemon.lab.ConsoleLog;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabGuest;
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

  /** What is promised when nobody is left: the guest is booted anew, loudly. */
  @Test
  void bothHostsAtOnceCostTheGuestItsMemory() {
    Lab lab = labs.start(LabOptions.twoHosts());
    LabHost a = lab.host("A");
    LabHost b = lab.host("B");
    GuestStory story = GuestStory.begin(lab, WritingClient.guest("A"), "B");
    LabGuest.Mark before = story.guest().mark("A");
    long generation = placement(a).generation();
    a.kill();
    b.kill();
    b.start();
    HostLogs.await(b, "owner A is gone and no synced standby holds the guest: it is down");
    a.start();
    PlacementDocument again =
        Await.until(
            "guest g runs again",
            GuestStory.SOON,
            () ->
                Optional.of(placement(a))
                    .filter(p -> p.generation() > generation && p.state().equals("RUNNING")));
    assertThat(again.owner()).isEqualTo("A");
    assertThat(a.api().latest("g", "COLD_START")).isPresent();
    ConsoleLog console = story.guest().awaitTicks(before, 10, GuestStory.SOON);
    assertThat(console.booted()).isPresent();
    story.guest().awaitProtected("A", "B", GuestStory.SOON);
  }
}
