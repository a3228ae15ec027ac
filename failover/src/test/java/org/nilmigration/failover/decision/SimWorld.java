package org.nilmigration.failover.decision;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.nilmigration.failover.cluster.Operation;
import org.nilmigration.failover.placement.Placement;

/**
 * A model of everything around the decision function: one guest, its placement in a ZooKeeper that
 * can be away, a region with beats, images, logs and handoff areas. Time is a number. Checks at
 * every write of a placement that a generation has one owner, at every write of memory that an
 * image has one writer, at every restore that nothing is lost which somebody has seen, and at
 * everything sent that no later owner runs.
 */
final class SimWorld {
  static final long STEP_MILLIS = 10;
  static final long SUSPECT_AFTER_MILLIS = 150;
  static final long SESSION_MILLIS = 2_000;

  private static final int TRACE_LINES = 80;

  private record Reign(String owner, long incarnation) {}

  final Random random;
  final Map<String, SimHost> hosts = new LinkedHashMap<>();
  final SimRegion region = new SimRegion();
  private final Map<Long, Reign> reigns = new HashMap<>();
  private SimRegion.State seen = new SimRegion.State(0, 0);
  private final Deque<String> trace = new ArrayDeque<>();
  private long heard;
  private long lives;
  long nowMillis;
  boolean zookeeper = true;
  Placement placement;
  int version = -1;
  Operation operation;
  final Set<String> cordoned = new HashSet<>();
  final Set<String> draining = new HashSet<>();
  boolean paused;
  long takeovers;
  long switchovers;
  long coldStarts;
  long takenBack;

  SimWorld(long seed) {
    random = new Random(seed);
  }

  /** Keeps what led to a fault. */
  void note(String what) {
    if (trace.size() == TRACE_LINES) {
      trace.removeFirst();
    }
    trace.add(nowMillis + " " + what);
  }

  String trace() {
    return String.join("\n", trace);
  }

  SimHost add(String name) {
    SimHost host = new SimHost(this, name);
    hosts.put(name, host);
    return host;
  }

  void step() {
    nowMillis += STEP_MILLIS;
    hosts.values().forEach(SimHost::live);
    hosts.values().forEach(SimHost::tick);
    hosts.values().forEach(SimHost::step);
  }

  void run(long millis) {
    for (long until = nowMillis + millis; nowMillis < until; ) {
      step();
    }
  }

  /** The versioned write. Empty when the version is another; the caller has reached ZooKeeper. */
  boolean write(int expected, Placement next) {
    if (expected != version) {
      return false;
    }
    check(next);
    placement = next;
    version++;
    note("placement " + next);
    return true;
  }

  private void check(Placement next) {
    Reign reign = new Reign(next.owner(), next.ownerIncarnation());
    Reign before = reigns.putIfAbsent(next.generation(), reign);
    if (before != null && !before.equals(reign)) {
      throw new AssertionError(
          "generation " + next.generation() + " has two owners: " + before + " and " + reign);
    }
    if (placement != null && next.generation() < placement.generation()) {
      throw new AssertionError("generation fell from " + placement + " to " + next);
    }
  }

  /** The guest's memory begins anew: a boot. */
  long newLife() {
    seen = new SimRegion.State(++lives, 0);
    return lives;
  }

  /** A guest goes on as the owner's: from no less than what anybody has seen of it. */
  void continues(SimVm vm, long generation) {
    SimRegion.State from = vm.state();
    if (from.life() != seen.life() || from.count() < seen.count()) {
      throw new AssertionError(
          "generation " + generation + " goes on from " + from + ", seen was " + seen);
    }
    vm.generation = generation;
    heard = Math.max(heard, generation);
  }

  /** Output leaves. */
  void sent(long generation, SimRegion.State state) {
    if (generation < heard) {
      throw new AssertionError(
          "generation " + generation + " sends although " + heard + " runs: " + state);
    }
    if (state.life() == seen.life() && state.count() > seen.count()) {
      seen = state;
    }
  }

  Optional<SimHost> host(String name) {
    return Optional.ofNullable(name == null ? null : hosts.get(name));
  }

  Orders orders() {
    return new Orders(cordoned, draining, Set.of(), paused ? "HA is paused" : null, true);
  }
}
