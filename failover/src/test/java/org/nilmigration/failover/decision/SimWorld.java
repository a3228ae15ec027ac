package org.nilmigration.failover.decision;

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
 * can be away, a region with beats, <em>taken</em> words and handoffs. Time is a number. Checks the
 * invariants of ownership at every write.
 */
final class SimWorld {
  static final long STEP_MILLIS = 10;
  static final long SUSPECT_AFTER_MILLIS = 150;
  static final long SESSION_MILLIS = 2_000;

  /** A replica or image stands for one memory; a takeover must continue that very memory. */
  private record Reign(String owner, long incarnation) {}

  final Random random;
  final Map<String, SimHost> hosts = new LinkedHashMap<>();
  final Set<String> taken = new HashSet<>();
  private final Map<Long, Reign> reigns = new HashMap<>();
  private final Map<Long, Long> memories = new HashMap<>();
  private long lastMemory;
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

  SimWorld(long seed) {
    random = new Random(seed);
  }

  SimHost add(String name) {
    SimHost host = new SimHost(this, name);
    hosts.put(name, host);
    return host;
  }

  void step() {
    nowMillis += STEP_MILLIS;
    hosts.values().forEach(SimHost::live);
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
  long newMemory(long generation) {
    memories.put(generation, ++lastMemory);
    return lastMemory;
  }

  /** The guest goes on in the next generation, on what should be the memory of the last. */
  void continues(long generation, long memory) {
    Long expected = memories.get(generation - 1);
    if (expected == null || expected != memory) {
      throw new AssertionError(
          "generation " + generation + " goes on with memory " + memory + ", expected " + expected);
    }
    memories.put(generation, memory);
  }

  Optional<SimHost> host(String name) {
    return Optional.ofNullable(name == null ? null : hosts.get(name));
  }

  Orders orders() {
    return new Orders(cordoned, draining, paused ? "HA is paused" : null, true);
  }

  static String pairing(long generation, long pairing) {
    return generation + "/" + pairing;
  }
}
