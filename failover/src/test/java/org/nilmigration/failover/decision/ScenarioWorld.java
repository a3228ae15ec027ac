package org.nilmigration.failover.decision;

import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.nilmigration.failover.cluster.Desired;
import org.nilmigration.failover.placement.Placement;

/**
 * Carries out the commands of a scenario in a world without chance, and keeps what the hosts say.
 *
 * <pre>
 * hosts A B ...        hosts with their daemons, once and first; the guest is wanted. Within a step of
 *                      time they act in this order
 * protected A B ...    the same, and the guest runs, protected, before anybody listens
 * run MILLIS           time passes
 * until WORD           time passes until the source or the target of a move says that word
 * crash A, start A     the whole host dies; it comes back
 * kill-daemon A        its daemon dies, its guest runs on; start A for the next run
 * stop-daemon A MILLIS the same, and a lease was announced in the last beat
 * hang A, wake A       its daemon stands still, its guests run on
 * stall A MILLIS       its daemon stands still for so long
 * silence A            its beats stop, all else goes on
 * cut A, rejoin A      from ZooKeeper
 * expire A             its ZooKeeper session ends, it lives
 * lag A MILLIS         its watches say nothing new for so long
 * clock A MILLIS       its clock jumps ahead
 * zookeeper down|up
 * kill-guest A         the guest's process dies
 * fail-arrival A       the process that waits for the guest at A dies
 * migrate A, cancel    people's move to host A, and that they call it off
 * drain A, uncordon    people's drain, and its end for all hosts
 * pause, resume        of HA
 * stop-guest           people do not want it to run
 * fence-confirm A      people say that host A is off
 * output immediate     the guest's output leaves before its commit
 * watchdogs MILLIS     each host has one with that timeout
 * leave A              its daemon is told to end
 * show                 placement, and what each host has of the guest
 * </pre>
 */
final class ScenarioWorld {
  private static final long ALL_REGISTER_WITHIN_MILLIS = 20;
  private static final long PAIRS_WITHIN_MILLIS = 3_000;
  private static final long UNTIL_MILLIS_MAX = 10_000;

  private final SimWorld world = new SimWorld(SimLuck.none(), SimFlaw.NONE);
  private List<String> said = new ArrayList<>();
  private long blockAt;

  ScenarioWorld() {
    world.listen((millis, host, what) -> {
      if (world.hosts.containsKey(host) || host.equals("operation")) {
        said.add("%6d %s: %s".formatted(millis - blockAt, host, what));
      }
    });
  }

  /** What is said from here on, with times that count from here. */
  List<String> begin() {
    said = new ArrayList<>();
    blockAt = world.nowMillis;
    return said;
  }

  /**
   * Carries out one line.
   *
   * @throws IllegalArgumentException when it is no command
   */
  void command(String line) {
    String[] words = line.split(" ");
    String name = words[0];
    boolean paired = name.equals("protected");
    if ((paired || name.equals("hosts")) && words.length > 1 && world.hosts.isEmpty()) {
      for (int i = 1; i < words.length; i++) {
        world.add(words[i]).watchLags(ALL_REGISTER_WITHIN_MILLIS);
      }
      if (paired) {
        world.run(PAIRS_WITHIN_MILLIS);
        said.clear();
        blockAt = world.nowMillis;
      }
      return;
    }
    switch (words.length) {
      case 1 -> alone(line);
      case 2 -> about(name, words[1]);
      case 3 -> lasting(name, host(words[1]), Long.parseLong(words[2]));
      default -> throw unknown(line);
    }
  }

  private void alone(String name) {
    switch (name) {
      case "cancel" -> world.zookeeper.callOff("cancelled by ops");
      case "uncordon" -> world.zookeeper.uncordonAll();
      case "pause" -> world.zookeeper.paused(true);
      case "resume" -> world.zookeeper.paused(false);
      case "stop-guest" -> world.zookeeper.desired(Desired.STOPPED);
      case "show" -> show();
      default -> throw unknown(name);
    }
  }

  private void about(String name, String what) {
    switch (name) {
      case "run" -> world.run(Long.parseLong(what));
      case "until" -> until(what);
      case "watchdogs" -> world.watchdogMillis = Long.parseLong(what);
      case "zookeeper" -> world.zookeeper.up(isOneOf(what, "up", "down"), world.nowMillis);
      case "output" -> world.zookeeper.immediate(isOneOf(what, "immediate", "commit"));
      case "migrate" -> world.zookeeper.operation(Facts.migrate(host(what).name));
      case "drain" -> world.zookeeper.drain(host(what).name);
      case "fence-confirm" -> world.zookeeper.fenced(host(what).name, host(what).incarnation);
      default -> happens(name, host(what));
    }
  }

  private void happens(String name, SimHost host) {
    Consumer<SimHost> fault =
        switch (name) {
          case "crash" -> SimHost::crash;
          case "kill-daemon" -> h -> h.daemonDies(0);
          case "start" -> SimHost::restart;
          case "hang" -> h -> h.hang(true);
          case "wake" -> h -> h.hang(false);
          case "silence" -> h -> h.beatless = true;
          case "cut" -> h -> h.cut = true;
          case "rejoin" -> h -> h.cut = false;
          case "expire" -> h -> world.zookeeper.expire(h.name);
          case "kill-guest" -> SimHost::crashGuest;
          case "fail-arrival" -> h -> h.holdings().arrival().fail("its process died");
          case "leave" -> h -> h.leaving = Self.Leaving.GUESTS;
          default -> throw unknown(name);
        };
    fault.accept(host);
    host.wake();
  }

  private void lasting(String name, SimHost host, long millis) {
    switch (name) {
      case "stall" -> {
        host.hang(true);
        world.run(millis);
        host.hang(false);
      }
      case "stop-daemon" -> host.daemonDies(millis);
      case "lag" -> host.watchLags(millis);
      case "clock" -> host.clockJumps(millis);
      default -> throw unknown(name);
    }
  }

  private static boolean isOneOf(String word, String yes, String no) {
    if (!word.equals(yes) && !word.equals(no)) {
      throw unknown(word);
    }
    return word.equals(yes);
  }

  private SimHost host(String name) {
    SimHost host = world.host(name);
    if (host == null) {
      throw unknown("host " + name);
    }
    return host;
  }

  private void until(String word) {
    BooleanSupplier reached =
        () -> {
          Placement p = world.placement();
          if (p == null || p.handoff() == null) {
            return false;
          }
          SimRegion.Area area = world.region.area(p.handoff().area());
          return area.source.name().equals(word) || area.target.name().equals(word);
        };
    long until = world.nowMillis + UNTIL_MILLIS_MAX;
    while (!reached.getAsBoolean()) {
      if (world.nowMillis > until) {
        throw new IllegalArgumentException("nobody says " + word);
      }
      world.step();
    }
  }

  private void show() {
    Placement p = world.placement();
    said.add(
        p == null
            ? "       not placed"
            : "       %s, generation %d: owner %s, standby %s%s, %s"
                .formatted(
                    p.state(),
                    p.generation(),
                    p.owner(),
                    p.standby(),
                    p.synced() ? " (synced)" : "",
                    p.liveImage()));
    StringJoiner roles = new StringJoiner("; ", "       ", "");
    world.hosts.values().forEach(host -> roles.add(host.name + " " + role(host)));
    said.add(roles.toString());
  }

  private static String role(SimHost host) {
    if (!host.up) {
      return host.holdings().left() == null ? "down" : "without a daemon, guest runs on";
    }
    return switch (host.role()) {
      case LocalRole.None n -> "nothing";
      case LocalRole.Left l -> "guest of generation " + l.generation() + " of an earlier run";
      case LocalRole.Owner o -> "guest of generation " + o.generation();
      case LocalRole.Released r -> "handed over in generation " + r.generation();
      case LocalRole.Standby s -> "replica" + (s.synced() ? "" : ", not synced");
    };
  }

  private static IllegalArgumentException unknown(String what) {
    return new IllegalArgumentException("unknown: " + what);
  }
}
