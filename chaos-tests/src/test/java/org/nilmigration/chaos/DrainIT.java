package org.nilmigration.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.nilmigration.config.MachineType;
import org.nilmigration.daemon.api.HostDocument;
import org.nilmigration.daemon.api.OperationDocument;
import org.nilmigration.daemon.chaos.GuestStory;
import org.nilmigration.daemon.chaos.Qemus;
import org.nilmigration.daemon.lab.Await;
import org.nilmigration.daemon.lab.Continuity;
import org.nilmigration.daemon.lab.GuestImage;
import org.nilmigration.daemon.lab.HostApi;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabGuest;
import org.nilmigration.daemon.lab.LabHost;
import org.nilmigration.daemon.lab.LabOptions;

/** A person drains a host, restarts it and lets it have guests again. */
class DrainIT {
  private static final int TICKS = 20;

  @RegisterExtension private final Labs labs = new Labs();

  private static LabGuest begin(Lab lab, String name, String owner) {
    lab.host(owner)
        .api()
        .apply(LabGuest.config(name, GuestImage.find(), MachineType.MICROVM, "", owner));
    return new LabGuest(lab, name);
  }

  private static HostDocument hostA(HostApi api) {
    HostDocument host = api.host("A");
    assertThat(host.owns()).isEmpty();
    assertThat(host.standsBy()).isEmpty();
    return host;
  }

  @Test
  void guestsAndStandbyRolesLeaveADrainedHostAndDoNotMoveBack() {
    Lab lab = labs.start(LabOptions.twoHosts().withHosts("A", "B", "C"));
    HostApi api = lab.host("C").api();
    LabGuest owned = begin(lab, "g1", "A");
    owned.awaitProtected("A", "B", GuestStory.SOON);
    LabGuest backed = begin(lab, "g2", "C"); // A and B have as much, so the name decides
    backed.awaitProtected("C", "A", GuestStory.SOON);
    owned.awaitTicks(owned.mark("A"), TICKS, GuestStory.SOON);
    LabGuest.Mark arrival = owned.mark("B");

    OperationDocument drain = api.drain("A");
    OperationDocument ended =
        Await.until(
            "host A is drained",
            GuestStory.SOON,
            () -> Optional.of(api.operation(drain.id())).filter(OperationDocument::ended));

    assertThat(ended.state()).as(ended.detail()).isEqualTo("DONE");
    owned.awaitProtected("B", "C", GuestStory.SOON);
    backed.awaitProtected("C", "B", GuestStory.SOON);
    assertThat(hostA(api).cordon().draining()).isFalse();
    assertThat(Qemus.of(lab.host("A"))).isEmpty();
    assertThat(
            Continuity.acrossHosts(
                owned.console("A"), owned.awaitTicks(arrival, TICKS, GuestStory.SOON), 0))
        .isEmpty();
    assertThat(api.latest("g1", "SWITCHOVER").orElseThrow().cause()).isEqualTo("host A is drained");

    lab.host("A").stop();
    lab.host("A").start();
    assertThat(hostA(api).cordon()).isNotNull();
    api.uncordon("A");
    owned.awaitTicks(owned.mark("B"), TICKS, GuestStory.SOON);
    assertThat(hostA(api).cordon()).isNull();
    owned.awaitProtected("B", "C", GuestStory.SOON);
    backed.awaitProtected("C", "B", GuestStory.SOON);
  }

  @Test
  void aDrainWaitsForTheHostThatDiedMeanwhile() {
    Lab lab = labs.start(LabOptions.threeHosts());
    List<LabHost> first = List.of(lab.host("A"), lab.host("C"));
    ManyGuests.begin(lab, 4, first).outlive(lab.host("A"), lab.host("B"), lab.host("C"));
  }
}
