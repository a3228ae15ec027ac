package org.nilmigration.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.nilmigration.daemon.api.HistoryDocument;
import org.nilmigration.daemon.chaos.GuestStory;
import org.nilmigration.daemon.chaos.WritingClient;
import org.nilmigration.daemon.lab.Await;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabHost;
import org.nilmigration.daemon.lab.LabOptions;

/**
 * Members of a ZooKeeper ensemble are killed, one after the other. Injects: SIGKILL of one member
 * and of the majority. Does not inject: members that are slow or cut from one another.
 */
class EnsembleChaos {
  @RegisterExtension private final Labs labs = new Labs();

  private static void awaitSessions(Lab lab) {
    for (LabHost asked : lab.hosts()) {
      Await.until(
          "host %s sees the sessions of all hosts".formatted(asked.name()),
          GuestStory.SOON,
          () ->
              Optional.of(true)
                  .filter(all -> asked.api().hosts().stream().allMatch(h -> h.session())));
    }
  }

  @Test
  void aMajorityIsAllThatIsNeededAndWithoutItNothingChangesOwner() {
    Lab lab = labs.start(LabOptions.twoHosts().withZooKeepers(3));
    GuestStory story = GuestStory.begin(lab, WritingClient.guest("A", "nil.memtester=16M"), "B");
    LabHost a = lab.host("A");
    LabHost b = lab.host("B");
    long generation = a.api().guest("g").placement().generation();
    try (WritingClient client = WritingClient.begin(lab, a)) {
      lab.ensemble().kill(1);
      client.goesOn();
      awaitSessions(lab);
      story.awaitProtected();

      lab.ensemble().kill(2);
      HostLogs.await(a, "ZooKeeper is away: the guest runs on");
      HostLogs.await(b, "ZooKeeper is away: nothing to decide");
      client.goesOn();
      story.goesOn();

      lab.ensemble().start(1);
      lab.ensemble().start(2);
      awaitSessions(lab);
      story.awaitProtected();
      assertThat(a.api().guest("g").placement().generation()).isEqualTo(generation);
      assertThat(a.api().history("g"))
          .extracting(HistoryDocument::kind)
          .doesNotContain("TAKEOVER", "FAULT", "COLD_START");

      long killed = System.nanoTime();
      story.crash();
      System.out.println("kill: silence " + client.movedTo(story.ownerHost(), killed));
      story.goesOn();
      System.out.println("frames " + client.judgeFrames());
      System.out.println("writes " + client.finish());
    }
  }
}
