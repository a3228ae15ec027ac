package org.nilmigration.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.nilmigration.daemon.chaos.GuestStory;
import org.nilmigration.daemon.chaos.WritingClient;
import org.nilmigration.daemon.lab.Await;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabHost;
import org.nilmigration.daemon.lab.LabOptions;

/**
 * Hosts lose ZooKeeper, and nothing else: owner, standby, both. Who cannot reach it changes no
 * owner; guests run on and stay protected through the region. What the client is told shows it: an
 * answer leaves only when the epoch before it is committed.
 */
class PartitionIT {
  @RegisterExtension private final Labs labs = new Labs();

  private static void awaitSession(LabHost asked, LabHost host, boolean alive) {
    Await.until(
        "session of host %s %s".formatted(host.name(), alive ? "is there" : "is gone"),
        GuestStory.SOON,
        () ->
            Optional.of(asked.api().host(host.name()))
                .filter(seen -> seen.session() == alive)
                .map(seen -> alive));
  }

  @Test
  void whoIsCutFromZooKeeperChangesNoOwnerAndGuestsRunOn() {
    Lab lab = labs.start(LabOptions.twoHosts());
    GuestStory story = GuestStory.begin(lab, WritingClient.guest("A"), "B");
    LabHost owner = story.ownerHost();
    LabHost standby = story.standbyHost();
    long generation = standby.api().guest("g").placement().generation();
    try (WritingClient client = WritingClient.begin(lab, owner)) {
      owner.cutFromZooKeeper();
      awaitSession(standby, owner, false);
      HostLogs.await(standby, "owner A is cut from ZooKeeper but its beats live: no takeover");
      HostLogs.await(owner, "ZooKeeper is away: the guest runs on");
      client.goesOn();

      standby.cutFromZooKeeper();
      HostLogs.await(standby, "ZooKeeper is away: nothing to decide");
      client.goesOn();

      owner.rejoinZooKeeper();
      awaitSession(owner, owner, true);
      awaitSession(owner, standby, false);
      HostLogs.await(owner, "standby B is cut from ZooKeeper and could not take over");
      client.goesOn();

      standby.rejoinZooKeeper();
      awaitSession(owner, standby, true);
      story.awaitProtected();
      assertThat(standby.api().guest("g").placement().generation()).isEqualTo(generation);
      client.goesOn();

      GuestStory.Eve eve = story.eve();
      owner.cutFromZooKeeper();
      awaitSession(standby, owner, false);
      long killed = owner.kill().lastNanos();
      story.takenOverFromRunning(eve);
      System.out.println("partition: silence " + client.movedTo(standby, killed));
      System.out.println("frames " + client.judgeFrames());
      System.out.println("writes " + client.finish());
    }
  }
}
