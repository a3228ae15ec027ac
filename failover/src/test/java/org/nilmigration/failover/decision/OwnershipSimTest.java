package org.nilmigration.failover.decision;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The decision function in storms: faults of all kinds that {@link SimWorld} knows, in random order
 * with a printed seed, under the checks of {@link SimChecks}. After the faults end, the guest runs
 * once and is protected.
 */
class OwnershipSimTest {
  private static final long SEED = Long.getLong("nil.sim.seed", System.nanoTime());
  private static final int ROUNDS = Integer.getInteger("nil.sim.rounds", 3_000);

  /** Each step of a takeover and of a switchover, on both sides. */
  private static final String[] STEPS = {
    "takeover: call off arrival",
    "takeover: placement",
    "takeover: taken word",
    "takeover: last commit",
    "takeover: restore",
    "takeover: run",
    "handover: operation",
    "handover: intent",
    "handover: area",
    "departure NONE",
    "departure READY",
    "arrive",
    "arrival NONE",
    "arrival ARMED",
    "arrival LOADED",
    "arrival RUNNING",
    "arrival: pages",
    "arrival: log",
    "arrival: let go of the replica",
    "arrival: outcome",
    "arrival: own",
    "epoch CAPTURE",
    "epoch FLUSH",
    "epoch COMMIT",
    "epoch SEND",
    "pair: placement",
    "pair: protect",
    "follow",
    "boot: placement",
    "boot: reclaim",
    "boot: process",
    "adopt: process",
    "adopt: log",
    "adopt: placement",
    "adopt: own",
    "step down"
  };

  private static final int ROUNDS_FOR_EACH_STEP = 3_000;

  /** What happened in storms, all of them together. */
  private record Tally(
      long takeovers,
      long switchovers,
      long takenBack,
      long adoptions,
      long revivals,
      double hostMinutes,
      Map<String, Integer> crashedBefore) {
    static final Tally NONE = new Tally(0, 0, 0, 0, 0, 0, Map.of());

    static Tally of(SimWorld world) {
      return new Tally(
          world.takeovers,
          world.switchovers,
          world.takenBack,
          world.adoptions,
          world.revivals,
          world.nowMillis * world.hosts.size() / 60_000.0,
          world.crashedBefore);
    }

    Tally plus(Tally other) {
      Map<String, Integer> crashes = new TreeMap<>(crashedBefore);
      other.crashedBefore.forEach((step, times) -> crashes.merge(step, times, Integer::sum));
      return new Tally(
          takeovers + other.takeovers,
          switchovers + other.switchovers,
          takenBack + other.takenBack,
          adoptions + other.adoptions,
          revivals + other.revivals,
          hostMinutes + other.hostMinutes,
          crashes);
    }
  }

  @ParameterizedTest(name = "{0} hosts")
  @ValueSource(ints = {2, 3})
  void ownershipSurvivesEverything(int hosts) {
    long began = System.nanoTime();
    Tally all =
        LongStream.range(SEED, SEED + ROUNDS)
            .parallel()
            .mapToObj(seed -> Tally.of(SimStorm.of(seed, hosts, SimFlaw.NONE)))
            .reduce(Tally.NONE, Tally::plus);
    System.out.printf(
        "%d hosts, seed %d: %.0f host-minutes, %.0f a second; %d takeovers, %d switchovers, %d taken"
            + " back, %d adopted, %d resumed from the region; crashed before %s%n",
        hosts,
        SEED,
        all.hostMinutes,
        all.hostMinutes / ((System.nanoTime() - began) / 1e9),
        all.takeovers,
        all.switchovers,
        all.takenBack,
        all.adoptions,
        all.revivals,
        all.crashedBefore);
    assertThat(all.takeovers).as("seed %d: takeovers that were simulated", SEED).isPositive();
    assertThat(all.switchovers).as("seed %d: switchovers that were simulated", SEED).isPositive();
    assertThat(all.takenBack).as("seed %d: moves that were taken back", SEED).isPositive();
    assertThat(all.adoptions).as("seed %d: guests that were adopted", SEED).isPositive();
    assertThat(all.revivals).as("seed %d: guests resumed from the region", SEED).isPositive();
    if (hosts > 2 && ROUNDS >= ROUNDS_FOR_EACH_STEP) {
      assertThat(all.crashedBefore)
          .as("seed %d: steps that hosts died before", SEED)
          .containsKeys(STEPS);
    }
  }

  @Test
  void anUndisturbedPairStaysAsItIs() {
    SimWorld world = SimStorm.calm(1, 2);
    var before = world.placement();
    world.run(60_000);
    assertThat(world.placement()).isEqualTo(before);
  }

  /** A daemon that is told to end and comes back in its lease keeps guest and standby. */
  @Test
  void aRestartedDaemonGoesOnWithItsGuest() {
    for (int seed = 0; seed < 100; seed++) {
      SimWorld world = SimStorm.calm(seed, 2);
      world.run(world.luck.below(1_000));
      SimHost owner = world.owner();
      String standby = world.placement().standby();
      owner.daemonDies(5_000);
      world.run(world.luck.below(4_000));
      owner.restart();
      world.run(5_000);
      assertThat(world.adoptions).as("seed %d", seed).isEqualTo(1);
      assertThat(world.takeovers).isZero();
      assertThat(world.placement().owner()).isEqualTo(owner.name);
      assertThat(world.placement().standby()).isEqualTo(standby);
      SimStorm.settled(world);
    }
  }

  @Test
  void aDaemonThatDoesNotComeBackInItsLeaseIsTakenOver() {
    SimWorld world = SimStorm.calm(1, 2);
    SimHost owner = world.owner();
    owner.daemonDies(5_000);
    world.run(4_500);
    assertThat(world.takeovers).isZero();
    world.run(2_000);
    assertThat(world.takeovers).isEqualTo(1);
    owner.restart();
    world.run(5_000);
    SimStorm.settled(world);
  }

  /** Both die at once; whoever is back first goes on with what is in the region. */
  @Test
  void aGuestOutlivesBothItsHosts() {
    for (int seed = 0; seed < 100; seed++) {
      SimWorld world = SimStorm.calm(seed, 2);
      world.run(world.luck.below(1_000));
      List<SimHost> hosts = List.copyOf(world.hosts.values());
      hosts.forEach(SimHost::crash);
      world.run(world.luck.below(4_000));
      SimHost first = hosts.get(world.luck.below(2));
      first.restart();
      world.run(5_000);
      assertThat(world.revivals).as("seed %d", seed).isEqualTo(1);
      assertThat(world.placement().owner()).isEqualTo(first.name);
      assertThat(world.coldStarts).isZero();
      hosts.stream().filter(host -> !host.up).forEach(SimHost::restart);
      world.run(5_000);
      SimStorm.settled(world);
    }
  }

  /** Liveness: a healthy standby, a quorum, and whatever the moment is. */
  @Test
  void aKilledOwnerIsTakenOverWithinASecond() {
    for (int seed = 0; seed < 100; seed++) {
      SimWorld world = SimStorm.calm(seed, 2);
      world.run(world.luck.below(1_000));
      SimHost owner = world.owner();
      owner.crash();
      world.run(1_000);
      assertThat(world.takeovers).as("seed %d", seed).isEqualTo(1);
      assertThat(world.placement().owner()).isNotEqualTo(owner.name);
      assertThat(world.coldStarts).isZero();
    }
  }

  @Test
  void anOwnerCutFromZooKeeperIsLeftAlone() {
    SimWorld world = SimStorm.calm(3, 2);
    var before = world.placement();
    world.owner().cut = true;
    world.run(60_000);
    assertThat(world.placement()).isEqualTo(before);
    assertThat(world.takeovers).isZero();
  }

  @Test
  void withoutZooKeeperNothingChangesOwner() {
    SimWorld world = SimStorm.calm(4, 2);
    var before = world.placement();
    world.zookeeper.up(false, world.nowMillis);
    world.run(10_000);
    world.owner().crash();
    world.run(10_000);
    assertThat(world.placement()).isEqualTo(before);
    world.zookeeper.up(true, world.nowMillis);
    world.run(2_000);
    assertThat(world.takeovers).isEqualTo(1);
  }

  @Test
  void aHungOwnerIsDeposedAndLetsGoWhenItWakes() {
    SimWorld world = SimStorm.calm(5, 2);
    SimHost owner = world.owner();
    owner.hang(true);
    world.run(2_000);
    assertThat(world.takeovers).isEqualTo(1);
    owner.hang(false);
    world.run(10_000);
    assertThat(owner.role()).isInstanceOf(LocalRole.Standby.class);
    SimStorm.settled(world);
  }

  /** Both hosts stand still for a third of each second: hosts that look dead and are not. */
  @Test
  void hostsThatFlapDoNotSendTheGuestToAndFro() {
    SimWorld world = SimStorm.calm(9, 2);
    for (int second = 0; second < 120; second++) {
      SimHost owner = world.owner();
      owner.hang(true);
      world.run(300);
      owner.hang(false);
      world.run(700);
    }
    assertThat(world.takeovers).isBetween(1L, 8L);
    world.run(60_000);
    SimStorm.settled(world);
  }

  @Test
  void whileHaIsPausedAKilledOwnerIsNotTakenOverAndNothingIsLost() {
    for (boolean restarts : List.of(false, true)) {
      SimWorld world = SimStorm.calm(6, 3);
      var before = world.placement();
      SimHost owner = world.owner();
      world.zookeeper.paused(true);
      world.run(1_000);
      owner.crash();
      world.run(5_000);
      if (restarts) {
        owner.restart();
      }
      world.run(60_000);
      assertThat(world.placement()).isEqualTo(before);
      world.zookeeper.paused(false);
      world.run(2_000);
      assertThat(world.takeovers).isEqualTo(1);
      assertThat(world.coldStarts).isZero();
    }
  }

  @Test
  void aDrainedHostIsLeftByGuestAndStandby() {
    SimWorld world = SimStorm.calm(7, 3);
    for (int i = 0; i < 2; i++) {
      String drained = i == 0 ? world.placement().owner() : world.placement().standby();
      world.zookeeper.drain(drained);
      world.run(20_000);
      assertThat(world.placement().uses(drained)).isFalse();
      SimStorm.settled(world);
      world.zookeeper.uncordonAll();
    }
    assertThat(world.takeovers).isZero();
    assertThat(world.coldStarts).isZero();
    assertThat(world.switchovers).isEqualTo(1);
  }
}
