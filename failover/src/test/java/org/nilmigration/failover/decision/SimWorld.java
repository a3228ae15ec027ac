package org.nilmigration.failover.decision;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.nilmigration.failover.placement.Placement;

/**
 * A model of everything around the decision function: one guest, hosts with a daemon each, a
 * ZooKeeper ({@link SimZooKeeper}), a region ({@link SimRegion}). Time is a number. {@link
 * SimChecks} has the properties that are asserted at every step.
 *
 * <p>Injected: crashes at any time and before each named step of each effect, with the loss of what
 * was not flushed; daemons that die alone, with a lease or without; daemons that hang while their
 * guests run on; beats that stop by themselves; clocks that jump forward; hosts cut from ZooKeeper;
 * a ZooKeeper that is away; sessions that expire; watches that lag; answers to writes that get
 * lost; guests that die; arrivals that fail; moves, drains and pauses. Not injected: a region that
 * errs or is slow, clocks that go back (CLOCK_MONOTONIC does not), a stall between an owner's look
 * at the taken word and the output it lets out by it, and guests with memory in their host.
 */
final class SimWorld {
  static final long STEP_MILLIS = 10;
  static final long SUSPECT_AFTER_MILLIS = 150;

  private static final int TRACE_LINES = 200;
  private static final int CRASHES_BEFORE_A_STEP_ONCE_IN = 20;
  private static final int CRASHES_IN_AN_EPOCH_ONCE_IN = 10_000;

  /** Hears what hosts decide and what happens to them. */
  interface Listener {
    void heard(long millis, String host, String what);
  }

  final SimLuck luck;
  final SimFlaw flaw;
  final SimChecks checks = new SimChecks();
  final SimRegion region = new SimRegion();
  final SimZooKeeper zookeeper;
  final Map<String, SimHost> hosts = new LinkedHashMap<>();

  /** How often a host crashed before a step, by the name of the step. */
  final Map<String, Integer> crashedBefore = new TreeMap<>();

  private final Deque<String> trace = new ArrayDeque<>();
  private Listener listener = (millis, host, what) -> {};
  long nowMillis;
  boolean storming;

  /** Timeout of the watchdog that each host has, 0 for none. */
  long watchdogMillis;

  long takeovers;
  long switchovers;
  long coldStarts;
  long takenBack;
  long adoptions;
  long revivals;

  SimWorld(SimLuck luck, SimFlaw flaw) {
    this.luck = luck;
    this.flaw = flaw;
    this.zookeeper = new SimZooKeeper(flaw, checks);
  }

  void listen(Listener next) {
    listener = next;
  }

  /** Keeps what led to a fault. */
  void note(String host, String what) {
    if (trace.size() == TRACE_LINES) {
      trace.removeFirst();
    }
    trace.add(nowMillis + " " + host + ": " + what);
    listener.heard(nowMillis, host, what);
  }

  String trace() {
    return String.join("\n", trace);
  }

  SimHost add(String name) {
    SimHost host = new SimHost(this, name);
    hosts.put(name, host);
    return host;
  }

  SimHost host(String name) {
    return hosts.get(name);
  }

  SimHost owner() {
    return host(placement().owner());
  }

  Placement placement() {
    return zookeeper.view().placement();
  }

  void step() {
    nowMillis += STEP_MILLIS;
    for (SimHost host : hosts.values()) {
      host.live();
    }
    zookeeper.step(nowMillis);
    for (SimHost host : hosts.values()) {
      host.tick();
    }
    for (SimHost host : hosts.values()) {
      host.step();
    }
  }

  void run(long millis) {
    for (long until = nowMillis + millis; nowMillis < until; ) {
      step();
    }
  }

  /** Whether the host dies instead of taking that step of an effect. */
  boolean crashesBefore(SimHost host, String step) {
    return crashesBefore(host, step, CRASHES_BEFORE_A_STEP_ONCE_IN);
  }

  /** As {@link #crashesBefore}, for one of the many steps of an epoch. */
  boolean crashesInEpoch(SimHost host, Enum<?> step) {
    return crashesBefore(host, "epoch " + step, CRASHES_IN_AN_EPOCH_ONCE_IN);
  }

  private boolean crashesBefore(SimHost host, String step, int onceIn) {
    boolean crashes = storming && luck.fails(onceIn);
    if (crashes) {
      crashedBefore.merge(step, 1, Integer::sum);
      note(host.name, "dies before: " + step);
      if (luck.fails(2)) {
        host.crash();
      } else {
        host.daemonDies(0);
      }
    }
    return crashes;
  }
}
