package org.nilmigration.failover.decision;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nilmigration.failover.placement.PlacementState;

/**
 * The decision function in a world of crashes, hangs, cuts from ZooKeeper, ZooKeeper outages, dying
 * guests, moves to any host, drains and pauses of HA, in random order with a printed seed. Always:
 * one owner per generation, generations only grow, one writer per image, memory and state of one
 * moment, and nothing that was sent is ever undone. After the faults end: the guest runs once and
 * is protected.
 */
class OwnershipSimTest {
  private static final long SEED = Long.getLong("nil.sim.seed", System.nanoTime());
  private static final int ROUNDS = Integer.getInteger("nil.sim.rounds", 1_000);

  @ParameterizedTest(name = "{0} hosts")
  @ValueSource(ints = {2, 3})
  void ownershipSurvivesEverything(int hosts) {
    long takeovers = 0;
    long switchovers = 0;
    long takenBack = 0;
    for (int round = 0; round < ROUNDS; round++) {
      long seed = SEED + round;
      try {
        SimWorld world = storm(seed, hosts);
        takeovers += world.takeovers;
        switchovers += world.switchovers;
        takenBack += world.takenBack;
      } catch (AssertionError e) {
        throw new AssertionError(
            "run again with -Dnil.sim.seed=" + seed + ": " + e.getMessage(), e);
      }
    }
    assertThat(takeovers).as("seed %d: takeovers that were simulated", SEED).isPositive();
    assertThat(switchovers).as("seed %d: switchovers that were simulated", SEED).isPositive();
    assertThat(takenBack).as("seed %d: moves that were taken back", SEED).isPositive();
  }

  @Test
  void anUndisturbedPairStaysAsItIs() {
    SimWorld world = calm(1, 2);
    var before = world.placement;
    world.run(60_000);
    assertThat(world.placement).isEqualTo(before);
  }

  @Test
  void aKilledOwnerIsTakenOverAtOnce() {
    SimWorld world = calm(2, 2);
    SimHost owner = world.host(world.placement.owner()).orElseThrow();
    owner.crash();
    world.run(1_000);
    assertThat(world.takeovers).isEqualTo(1);
    assertThat(world.placement.owner()).isNotEqualTo(owner.name);
    assertThat(world.coldStarts).isZero();
  }

  @Test
  void anOwnerCutFromZooKeeperIsLeftAlone() {
    SimWorld world = calm(3, 2);
    var before = world.placement;
    world.host(before.owner()).orElseThrow().cut = true;
    world.run(60_000);
    assertThat(world.placement).isEqualTo(before);
    assertThat(world.takeovers).isZero();
  }

  @Test
  void withoutZooKeeperNothingChangesOwner() {
    SimWorld world = calm(4, 2);
    var before = world.placement;
    world.zookeeper = false;
    world.run(10_000);
    world.host(before.owner()).orElseThrow().crash();
    world.run(10_000);
    assertThat(world.placement).isEqualTo(before);
    world.zookeeper = true;
    world.run(2_000);
    assertThat(world.takeovers).isEqualTo(1);
  }

  @Test
  void aHungOwnerIsDeposedAndLetsGoWhenItWakes() {
    SimWorld world = calm(5, 2);
    SimHost owner = world.host(world.placement.owner()).orElseThrow();
    owner.hang(true);
    world.run(2_000);
    assertThat(world.takeovers).isEqualTo(1);
    owner.hang(false);
    world.run(10_000);
    assertThat(owner.role()).isInstanceOf(LocalRole.Standby.class);
    settled(world);
  }

  /**
   * An owner hangs, its standby takes over in the placement and dies before it says so in the
   * region, comes back and boots the guest anew; then the owner wakes up.
   */
  @Test
  void aStaleOwnerIsMuteWhenItsGuestIsBootedAnew() {
    SimWorld world = storm(5_770_498_906_681L, 3);
    assertThat(world.coldStarts).isPositive();
  }

  /** Both hosts stand still for a third of each second: hosts that look dead and are not. */
  @Test
  void hostsThatFlapDoNotSendTheGuestToAndFro() {
    SimWorld world = calm(9, 2);
    for (int second = 0; second < 120; second++) {
      SimHost owner = world.host(world.placement.owner()).orElseThrow();
      owner.hang(true);
      world.run(300);
      owner.hang(false);
      world.run(700);
    }
    assertThat(world.takeovers).isBetween(1L, 8L);
    world.run(60_000);
    settled(world);
  }

  @Test
  void whileHaIsPausedAKilledOwnerIsNotTakenOverAndNothingIsLost() {
    for (boolean restarts : List.of(false, true)) {
      SimWorld world = calm(6, 3);
      var before = world.placement;
      SimHost owner = world.host(before.owner()).orElseThrow();
      world.paused = true;
      world.run(1_000);
      owner.crash();
      world.run(5_000);
      if (restarts) {
        owner.restart();
      }
      world.run(60_000);
      assertThat(world.placement).isEqualTo(before);
      world.paused = false;
      world.run(2_000);
      assertThat(world.takeovers).isEqualTo(1);
      assertThat(world.coldStarts).isZero();
    }
  }

  @Test
  void aDrainedHostIsLeftByGuestAndStandby() {
    SimWorld world = calm(7, 3);
    for (int i = 0; i < 2; i++) {
      String drained = i == 0 ? world.placement.owner() : world.placement.standby();
      world.cordoned.add(drained);
      world.draining.add(drained);
      world.run(20_000);
      assertThat(world.placement.uses(drained)).isFalse();
      settled(world);
      world.cordoned.clear();
      world.draining.clear();
    }
    assertThat(world.takeovers).isZero();
    assertThat(world.coldStarts).isZero();
    assertThat(world.switchovers).isEqualTo(1);
  }

  private static SimWorld calm(long seed, int hosts) {
    SimWorld world = new SimWorld(seed);
    for (int i = 0; i < hosts; i++) {
      world.add("h" + i);
    }
    world.run(20_000);
    settled(world);
    return world;
  }

  private static SimWorld storm(long seed, int hosts) {
    SimWorld world = calm(seed, hosts);
    try {
      rage(world);
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + "\n" + world.trace(), e);
    }
    return world;
  }

  private static void rage(SimWorld world) {
    List<SimHost> all = new ArrayList<>(world.hosts.values());
    for (int i = 0; i < 25; i++) {
      fault(world, all);
      world.run(world.random.nextInt(3_000));
    }
    world.zookeeper = true;
    world.paused = false;
    world.cordoned.clear();
    world.draining.clear();
    for (SimHost host : all) {
      host.hang(false);
      host.cut = false;
      if (!host.up) {
        host.restart();
      }
    }
    world.run(60_000);
    if (world.placement.state() != PlacementState.FAILED) {
      settled(world);
    }
  }

  private static void fault(SimWorld world, List<SimHost> all) {
    Random random = world.random;
    SimHost host = all.get(random.nextInt(all.size()));
    switch (random.nextInt(12)) {
      case 0 -> host.crash();
      case 1, 2 -> {
        if (!host.up) {
          host.restart();
        }
      }
      case 3 -> host.hang(host.up && !host.hung);
      case 4 -> host.cut = !host.cut;
      case 5 -> world.zookeeper = !world.zookeeper;
      case 6 -> {
        if (random.nextInt(4) == 0) {
          host.crashGuest();
        }
      }
      case 7 -> world.paused = !world.paused;
      case 8 -> {
        world.cordoned.clear();
        world.draining.clear();
      }
      case 9 -> {
        world.cordoned.add(host.name);
        world.draining.add(host.name);
      }
      default -> migrate(world);
    }
  }

  /** To any other host; half of the time one of the parties dies at some word of it. */
  private static void migrate(SimWorld world) {
    List<String> names = new ArrayList<>(world.hosts.keySet());
    if (world.operation == null) {
      world.operation = Facts.migrate(names.get(world.random.nextInt(names.size())));
    }
    if (world.random.nextBoolean()) {
      world.run(world.random.nextInt(600));
      SimHost victim = world.host(names.get(world.random.nextInt(names.size()))).orElseThrow();
      if (world.random.nextInt(3) == 0) {
        victim.hang(victim.up);
      } else {
        victim.crash();
      }
    }
  }

  private static void settled(SimWorld world) {
    String state = world.placement + " " + describe(world);
    assertThat(world.placement.state()).as(state).isEqualTo(PlacementState.RUNNING);
    assertThat(world.placement.isProtected()).as(state).isTrue();
    long generation = world.placement.generation();
    for (SimHost host : world.hosts.values()) {
      if (host.name.equals(world.placement.owner())) {
        assertThat(host.role())
            .as(state)
            .isInstanceOfSatisfying(
                LocalRole.Owner.class, o -> assertThat(o.generation()).isEqualTo(generation));
      } else if (host.name.equals(world.placement.standby())) {
        assertThat(host.role())
            .as(state)
            .isInstanceOfSatisfying(LocalRole.Standby.class, s -> assertThat(s.synced()).isTrue());
      } else {
        assertThat(host.role()).as(state).isInstanceOf(LocalRole.None.class);
      }
    }
  }

  private static String describe(SimWorld world) {
    StringBuilder text = new StringBuilder();
    for (SimHost host : world.hosts.values()) {
      text.append(host.name).append('#').append(host.incarnation).append(' ');
      text.append(host.role()).append(": ").append(host.lastWhy).append("; ");
    }
    return text.toString();
  }
}
