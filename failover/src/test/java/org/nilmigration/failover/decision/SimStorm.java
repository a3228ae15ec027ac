package org.nilmigration.failover.decision;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.nilmigration.checkpoint.handoff.HandoffSource;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;

/** A world in which everything goes wrong for a while, and then nothing any more. */
final class SimStorm {
  private static final int FAULTS = 25;
  private static final int PAUSE_MILLIS_MAX = 3_000;
  private static final long SETTLES_WITHIN_MILLIS = 60_000;

  private final SimWorld world;
  private final List<SimHost> hosts;

  private SimStorm(SimWorld world) {
    this.world = world;
    this.hosts = new ArrayList<>(world.hosts.values());
  }

  /**
   * A storm and its end.
   *
   * @throws AssertionError when a property did not hold, with the seed and what led to it
   */
  static SimWorld of(long seed, int hosts, SimFlaw flaw) {
    SimWorld world = new SimWorld(SimLuck.seeded(seed), flaw);
    try {
      start(world, hosts);
      new SimStorm(world).rage();
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError(
          "run again with -Dnil.sim.seed=%d: %s%n%s".formatted(seed, e.getMessage(), world.trace()),
          e);
    }
    return world;
  }

  /** A guest that runs and is protected. */
  static SimWorld calm(long seed, int hosts) {
    SimWorld world = new SimWorld(SimLuck.seeded(seed), SimFlaw.NONE);
    start(world, hosts);
    return world;
  }

  private static void start(SimWorld world, int hosts) {
    for (int i = 0; i < hosts; i++) {
      world.add("h" + i);
    }
    world.run(5_000);
    settled(world);
  }

  private void rage() {
    world.storming = true;
    for (int i = 0; i < FAULTS; i++) {
      fault();
      world.run(world.luck.below(PAUSE_MILLIS_MAX));
    }
    world.storming = false;
    world.zookeeper.up(true, world.nowMillis);
    world.zookeeper.paused(false);
    world.zookeeper.uncordonAll();
    for (SimHost host : hosts) {
      host.hang(false);
      host.cut = false;
      host.beatless = false;
      host.watchLags(0);
      if (!host.up) {
        host.restart();
      }
    }
    long until = world.nowMillis + SETTLES_WITHIN_MILLIS;
    while (!failed() && !isSettled(world) && world.nowMillis < until) {
      world.run(1_000);
    }
    if (!failed()) {
      settled(world);
    }
  }

  private boolean failed() {
    return world.placement().state() == PlacementState.FAILED;
  }

  private void fault() {
    for (SimHost host : hosts) {
      if (!host.up && world.luck.fails(3)) {
        host.restart();
      }
    }
    SimHost host = any();
    int kind = world.luck.below(18);
    world.note(host.name, "fault " + kind);
    switch (kind) {
      case 0 -> host.crash();
      case 1, 2 -> {
        world.zookeeper.up(true, world.nowMillis);
        world.zookeeper.paused(false);
        host.cut = false;
      }
      case 3 -> host.hang(host.up && !host.hung());
      case 4 -> host.cut = !host.cut;
      case 5 -> world.zookeeper.up(!world.zookeeper.up(), world.nowMillis);
      case 6 -> {
        if (world.luck.fails(4)) {
          host.crashGuest();
        }
      }
      case 7 -> world.zookeeper.paused(!world.zookeeper.paused());
      case 8 -> world.zookeeper.uncordonAll();
      case 9 -> world.zookeeper.drain(host.name);
      case 10 -> host.beatless = !host.beatless;
      case 11 -> host.clockJumps(world.luck.below(10_000));
      case 12 -> host.watchLags(world.luck.below(3_000));
      case 13 -> world.zookeeper.expire(host.name);
      case 14 -> host.daemonDies(0);
      case 15 -> host.daemonDies(5_000);
      default -> migrate();
    }
  }

  /** To any host; half of the time one of the parties dies meanwhile, or only seems to. */
  private void migrate() {
    if (world.zookeeper.view().operation() == null) {
      world.zookeeper.operation(Facts.migrate(any().name));
    }
    if (world.luck.fails(2)) {
      meanwhile();
      SimHost victim = any();
      if (world.luck.fails(2)) {
        victim.crash();
      } else {
        victim.hang(victim.up);
        world.run(world.luck.below(1_500));
        victim.hang(false);
      }
    }
  }

  /** Some time of the move; often the moment in which the source has let go. */
  private void meanwhile() {
    boolean untilReleased = world.luck.fails(2);
    long until = world.nowMillis + world.luck.below(600);
    while (world.nowMillis < until && !(untilReleased && released())) {
      world.step();
    }
  }

  private boolean released() {
    Placement p = world.placement();
    return p.handoff() != null
        && world.region.area(p.handoff().area()).source == HandoffSource.RELEASED;
  }

  private SimHost any() {
    return hosts.get(world.luck.below(hosts.size()));
  }

  /** Fails unless the guest runs once and is protected. */
  static void settled(SimWorld world) {
    assertThat(isSettled(world)).as("%s %s", world.placement(), describe(world)).isTrue();
  }

  private static boolean isSettled(SimWorld world) {
    Placement p = world.placement();
    return p.state() == PlacementState.RUNNING
        && p.isProtected()
        && world.hosts.values().stream().allMatch(host -> plays(host, p));
  }

  /** Whether a host is what the placement says. */
  private static boolean plays(SimHost host, Placement p) {
    return switch (host.role()) {
      case LocalRole.Owner o ->
          p.ownedBy(host.name, host.incarnation) && o.generation() == p.generation();
      case LocalRole.Standby s -> p.standbyIs(host.name, host.incarnation) && s.synced();
      case LocalRole.Released r -> false;
      case LocalRole.Left l -> false;
      case LocalRole.None n -> !p.uses(host.name);
    };
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
