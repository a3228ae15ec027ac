package org.nilmigration.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.nilmigration.checkpoint.region.Region;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.MemoryPlacement;
import org.nilmigration.daemon.api.OperationDocument;
import org.nilmigration.daemon.api.PlacementDocument;
import org.nilmigration.daemon.chaos.GuestStory;
import org.nilmigration.daemon.chaos.WritingClient;
import org.nilmigration.daemon.lab.Await;
import org.nilmigration.daemon.lab.ConsoleLog;
import org.nilmigration.daemon.lab.Continuity;
import org.nilmigration.daemon.lab.HostApi;
import org.nilmigration.daemon.lab.Lab;
import org.nilmigration.daemon.lab.LabGuest;
import org.nilmigration.daemon.lab.LabHost;
import org.nilmigration.daemon.lab.LabNic;
import org.nilmigration.daemon.lab.LabOptions;
import org.nilmigration.daemon.lab.RedisWriter;

/**
 * Migrations from memory of one host to memory of another, and somebody dies at each boundary of
 * their phases: the source (which coordinates), the target, the standby, or ZooKeeper for longer
 * than a session. One guest goes on, the same boot, with its memory and all that a client was told;
 * the operation ends; all are there again before the next round.
 */
class PhaseKillsChaos {
  private static final int ROUNDS = Integer.getInteger("nil.chaos.rounds", 1_000);
  private static final long SEED = Long.getLong("nil.chaos.seed", System.nanoTime());
  private static final long ZOOKEEPER_AWAY_MILLIS = 4_000;
  private static final int TICKS = 10;

  @RegisterExtension private final Labs labs = new Labs();

  private enum Victim {
    SOURCE,
    TARGET,
    STANDBY,
    ZOOKEEPER
  }

  private record Round(Victim victim, MovePhase phase) {}

  private Lab lab;
  private Region region;
  private LabGuest guest;
  private RedisWriter writer;

  private static List<Round> rounds() {
    List<Round> rounds = new ArrayList<>();
    for (MovePhase phase : MovePhase.values()) {
      Arrays.stream(Victim.values()).forEach(victim -> rounds.add(new Round(victim, phase)));
    }
    Collections.shuffle(rounds, new Random(SEED));
    return rounds.subList(0, Math.min(ROUNDS, rounds.size()));
  }

  @Test
  @Timeout(value = 2, unit = TimeUnit.HOURS)
  void oneGuestGoesOnWhoeverDies() throws InterruptedException {
    System.out.println("nil.chaos.rounds=" + ROUNDS + " nil.chaos.seed=" + SEED);
    lab = labs.start(LabOptions.threeHosts());
    LabNic nic = new LabNic(1);
    lab.host("A")
        .api()
        .apply(WritingClient.guest("A", "nil.memtester=16M").withPlacement(MemoryPlacement.LOCAL));
    guest = new LabGuest(lab, "g");
    try (Region opened = Region.open(lab.region())) {
      region = opened;
      guest.awaitProtected("A", GuestStory.SOON);
      writer = RedisWriter.begin(nic.address());
      for (Round round : rounds()) {
        play(round);
      }
      RedisWriter.Verdict verdict = writer.finish();
      System.out.println("writes " + verdict);
      assertThat(verdict.faults()).isEmpty();
      assertThat(verdict.sameConnection()).isTrue();
      assertThat(verdict.lost()).isZero();
      assertThat(verdict.appliedTwice()).isZero();
    } finally {
      if (writer != null) {
        writer.close();
      }
    }
  }

  private void play(Round round) throws InterruptedException {
    PlacementDocument p = guest.awaitProtected("A", GuestStory.SOON);
    if (!p.memory().equals("LOCAL")) {
      guest.moveMemory(p.owner(), "recouple", GuestStory.SOON);
    }
    ConsoleLog before = guest.awaitTicks(all(p.owner()), TICKS, GuestStory.SOON);
    String target =
        List.of("A", "B", "C").stream()
            .filter(host -> !host.equals(p.owner()) && !host.equals(p.standby()))
            .findFirst()
            .orElseThrow();
    LabHost victim =
        switch (round.victim()) {
          case SOURCE -> lab.host(p.owner());
          case TARGET -> lab.host(target);
          case STANDBY -> lab.host(p.standby());
          case ZOOKEEPER -> null;
        };
    HostApi judge = lab.hosts().stream().filter(h -> h != victim).findFirst().orElseThrow().api();
    Set<String> areas = MovePhase.areas(region, "g");
    OperationDocument submitted = judge.migrateAndRecouple("g", target);
    boolean caught = round.phase().await(judge, submitted, region, areas);
    long struck = System.nanoTime();
    if (victim == null) {
      lab.stopZooKeeper();
      Thread.sleep(ZOOKEEPER_AWAY_MILLIS);
      lab.startZooKeeper();
    } else {
      victim.kill();
    }
    OperationDocument ended =
        Await.until(
            round + ": operation " + submitted.id() + " has ended",
            GuestStory.SOON,
            () -> operation(judge, submitted.id()).filter(OperationDocument::ended));
    if (victim != null) {
      guest.awaitProtectedWithout(victim.name(), judgeName(victim), GuestStory.SOON);
    }
    writer.awaitMore(100, GuestStory.SOON);
    System.out.printf(
        "%s at %s%s: silence %s; %s: %s%n",
        round.victim(),
        round.phase(),
        caught ? "" : " (past it)",
        writer.longestSilence(struck),
        ended.state(),
        ended.detail());
    if (victim != null) {
      victim.start();
    }
    assertGoesOn(before, guest.awaitProtected("A", GuestStory.SOON).owner(), round);
  }

  private static Optional<OperationDocument> operation(HostApi api, String id) {
    try {
      return Optional.of(api.operation(id));
    } catch (FaultException zookeeperIsAway) {
      return Optional.empty();
    }
  }

  private String judgeName(LabHost victim) {
    return lab.hosts().stream().filter(h -> h != victim).findFirst().orElseThrow().name();
  }

  private static LabGuest.Mark all(String host) {
    return new LabGuest.Mark(host, Map.of());
  }

  private void assertGoesOn(ConsoleLog before, String owner, Round round) {
    ConsoleLog after = guest.awaitTicks(guest.mark(owner), TICKS, GuestStory.SOON);
    assertThat(Continuity.sameBoot(before, after)).as(round.toString()).isEmpty();
    assertThat(Continuity.consecutive(after)).as(round.toString()).isEmpty();
    assertThat(after.testFailures()).as(round.toString()).isEmpty();
  }
}
