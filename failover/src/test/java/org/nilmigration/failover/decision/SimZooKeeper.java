package org.nilmigration.failover.decision;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.nilmigration.failover.cluster.CallOff;
import org.nilmigration.failover.cluster.Desired;
import org.nilmigration.failover.cluster.Operation;
import org.nilmigration.failover.placement.Placement;

/** What ZooKeeper holds: the placement with its version, sessions, and what people want. */
final class SimZooKeeper {
  private static final long SESSION_MILLIS = 2_000;
  private static final long PING_EVERY_MILLIS = 500;
  private static final long EXPIRES_EVERY_MILLIS = 50;

  /**
   * All of it at one moment, as a watch delivers it.
   *
   * @param sessions incarnations by host
   * @param keep hosts whose run has what an earlier one left
   * @param leader latches go with sessions: the first by name
   * @param immediate the guest's output leaves before its commit
   * @param fenced last incarnation that is off for certain, by host
   */
  record View(
      Placement placement,
      int version,
      Map<String, Long> sessions,
      Set<String> keep,
      String leader,
      Operation operation,
      CallOff calledOff,
      Orders orders,
      Desired desired,
      boolean immediate,
      Map<String, Long> fenced) {}

  private record Session(long incarnation, long untilMillis, boolean keeps) {}

  private final SimFlaw flaw;
  private final SimChecks checks;
  private final Map<String, Session> sessions = new TreeMap<>();
  private final Set<String> cordoned = new HashSet<>();
  private final Set<String> draining = new HashSet<>();
  private final Map<String, Long> fenced = new HashMap<>();
  private boolean up = true;
  private boolean paused;
  private Placement placement;
  private int version = -1;
  private Operation operation;
  private CallOff calledOff;
  private Desired desired = Desired.RUNNING;
  private boolean immediate;
  private View view;

  SimZooKeeper(SimFlaw flaw, SimChecks checks) {
    this.flaw = flaw;
    this.checks = checks;
  }

  View view() {
    if (view == null) {
      Map<String, Long> runs = new HashMap<>();
      Set<String> keep = new HashSet<>();
      sessions.forEach((host, session) -> {
        runs.put(host, session.incarnation());
        if (session.keeps()) {
          keep.add(host);
        }
      });
      String pause = paused ? "HA is paused" : null;
      view =
          new View(
              placement,
              version,
              Map.copyOf(runs),
              Set.copyOf(keep),
              leader(),
              operation,
              calledOff,
              new Orders(cordoned, draining, Set.of(), pause, true),
              desired,
              immediate,
              Map.copyOf(fenced));
    }
    return view;
  }

  private String leader() {
    for (String host : sessions.keySet()) {
      if (!cordoned.contains(host)) {
        return host;
      }
    }
    return null;
  }

  boolean up() {
    return up;
  }

  /** After an outage every session has its whole time again. */
  void up(boolean value, long nowMillis) {
    if (value && !up) {
      sessions.replaceAll(
          (host, s) -> new Session(s.incarnation(), nowMillis + SESSION_MILLIS, s.keeps()));
    }
    up = value;
  }

  /** Ends sessions that were not renewed. */
  void step(long nowMillis) {
    boolean looks = up && nowMillis % EXPIRES_EVERY_MILLIS == 0;
    if (looks && sessions.values().removeIf(s -> s.untilMillis() <= nowMillis)) {
      view = null;
    }
  }

  /** Renews a session; false when there is none of that run. */
  boolean renew(String host, long incarnation, long nowMillis) {
    Session session = sessions.get(host);
    boolean registered = session != null && session.incarnation() == incarnation;
    if (registered && session.untilMillis() - nowMillis < SESSION_MILLIS - PING_EVERY_MILLIS) {
      sessions.put(host, new Session(incarnation, nowMillis + SESSION_MILLIS, session.keeps()));
    }
    return registered;
  }

  /** Begins a session and registers with it. */
  void register(String host, long incarnation, boolean keeps, long nowMillis) {
    sessions.put(host, new Session(incarnation, nowMillis + SESSION_MILLIS, keeps));
    view = null;
  }

  /** A registered host says whether it has still what an earlier run left. */
  void keeps(String host, boolean keeps) {
    Session s = sessions.get(host);
    if (s.keeps() != keeps) {
      sessions.put(host, new Session(s.incarnation(), s.untilMillis(), keeps));
      view = null;
    }
  }

  /** A host that lives loses its session. */
  void expire(String host) {
    sessions.remove(host);
    view = null;
  }

  /** The versioned write; false when the version is another. */
  boolean write(int expected, Placement next) {
    if (expected != version && flaw != SimFlaw.WRITES_ANY_VERSION) {
      return false;
    }
    checks.placed(next);
    placement = next;
    version++;
    view = null;
    return true;
  }

  void operation(Operation next) {
    operation = next;
    calledOff = null;
    view = null;
  }

  void callOff(String why) {
    calledOff = new CallOff(why, null);
    view = null;
  }

  void paused(boolean value) {
    paused = value;
    view = null;
  }

  boolean paused() {
    return paused;
  }

  void desired(Desired value) {
    desired = value;
    view = null;
  }

  void immediate(boolean value) {
    immediate = value;
    view = null;
  }

  void cordon(String host) {
    cordoned.add(host);
    view = null;
  }

  void drain(String host) {
    draining.add(host);
    cordon(host);
  }

  void uncordonAll() {
    cordoned.clear();
    draining.clear();
    view = null;
  }

  void fenced(String host, long incarnation) {
    fenced.put(host, incarnation);
    view = null;
  }
}
