package org.nilmigration.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.MachineType;
import org.nilmigration.daemon.chaos.GuestStory;
import org.nilmigration.daemon.chaos.Qemus;
import org.nilmigration.daemon.lab.Await;
import org.nilmigration.daemon.lab.GuestImage;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabGuest;
import org.nilmigration.daemon.lab.LabHost;
import org.nilmigration.daemon.lab.LabOptions;

/** Something less than a host fails, or a host leaves in order. */
class PartialFailureIT {
  @RegisterExtension private final Labs labs = new Labs();

  private static GuestConfig guest() {
    return LabGuest.config("g", GuestImage.find(), MachineType.MICROVM, "nil.dirty=4", "A");
  }

  private static ProcessHandle qemu(LabHost host) {
    List<ProcessHandle> found = Qemus.of(host);
    assertThat(found).as("QEMUs of host %s", host.name()).hasSize(1);
    return found.getFirst();
  }

  @Test
  void aQemuThatDiesAloneIsTakenOverByTheStandby() {
    Lab lab = labs.start(LabOptions.twoHosts());
    GuestStory story = GuestStory.begin(lab, guest(), "B");
    ProcessHandle qemu = qemu(lab.host("A"));
    GuestStory.Eve eve = story.eve();

    qemu.destroyForcibly();
    long gone = System.nanoTime();

    story.takenOver(eve, gone);
    story.awaitProtected();
    story.goesOn();
  }

  @Test
  void aWarmStandbyThatDiesAloneIsReplacedWhileTheGuestRuns() {
    Lab lab = labs.start(LabOptions.twoHosts());
    GuestStory story = GuestStory.begin(lab, guest(), "B");
    ProcessHandle first = qemu(lab.host("B"));

    first.destroyForcibly();

    Await.until(
        "host B has started another QEMU",
        GuestStory.SOON,
        () ->
            Qemus.of(lab.host("B")).stream().filter(next -> next.pid() != first.pid()).findFirst());
    story.goesOn();
    story.crash();
    story.goesOn();
  }

  @Test
  void aHostThatIsStoppedInOrderHandsItsGuestOver() {
    Lab lab = labs.start(LabOptions.twoHosts());
    GuestStory story = GuestStory.begin(lab, guest(), "B");

    story.leave();

    assertThat(lab.host("A").isRunning()).isFalse();
    assertThat(lab.host("B").api().latest("g", "TAKEOVER")).isEmpty();
    story.rejoin();
  }

  @Test
  void theLastHostStopsItsGuestWhenItLeaves() {
    Lab lab = labs.start(LabOptions.twoHosts().withHosts("A"));
    LabGuest guest = new LabGuest(lab, "g");
    LabGuest.Mark before = guest.mark("A");
    lab.host("A").api().apply(guest());
    guest.awaitTicks(before, 1, GuestStory.SOON);

    lab.host("A").stop();

    assertThat(lab.host("A").processes()).isEmpty();
    assertThat(lab.host("A").logTail()).doesNotContain("ERROR");
  }
}
