package org.nilmigration.failover.decision;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.nilmigration.config.TakeoverConfig;

/**
 * Holds back takeovers that rest on silent beats alone, so that a detector that errs cannot send
 * guests to and fro. A crash that ZooKeeper confirms, by the end of the owner's session, is never
 * held back. Any thread; times are those of one monotonic clock, passed in.
 */
public final class TakeoverBrakes {
  private static final long MINUTE_NANOS = 60_000_000_000L;
  private static final int DOUBLINGS_MAX = 10;
  private static final Duration COOLDOWN_MAX = Duration.ofHours(1);

  private final TakeoverConfig config;
  private final long startedNanos;
  private final Map<String, Moves> moved = new HashMap<>();
  private final Map<Run, Long> deposed = new HashMap<>();

  /** How often a guest was taken over with less than a minute's rest, and when last. */
  private record Moves(int times, long lastNanos) {}

  /** One run of a host's daemon. */
  public record Run(String host, long incarnation) {}

  public TakeoverBrakes(TakeoverConfig config, long startedNanos) {
    this.config = config;
    this.startedNanos = startedNanos;
  }

  /** The guest was taken over, by this host or from it. */
  public synchronized void takenOver(String vm, long nowNanos) {
    Moves before = moved.get(vm);
    moved.put(vm, new Moves(before == null ? 1 : before.times() + 1, nowNanos));
  }

  /** This host took a guest over from that run, whose session may still live. */
  public synchronized void deposed(Run run, long nowNanos) {
    deposed.putIfAbsent(run, nowNanos);
  }

  /** Forgets what does not count any more: runs that did end, and what is long ago. */
  public synchronized void confirm(Predicate<Run> registered, long nowNanos) {
    deposed.keySet().removeIf(run -> !registered.test(run));
    deposed.values().removeIf(at -> nowNanos - at >= MINUTE_NANOS);
    moved
        .values()
        .removeIf(
            moves -> nowNanos - moves.lastNanos() >= cooldown(moves).toNanos() + MINUTE_NANOS);
  }

  /** Why a guest of that run is not taken over now, completes "no takeover yet: "; else null. */
  public synchronized String holds(String vm, Run owner, long nowNanos) {
    if (nowNanos - startedNanos < config.grace().toNanos()) {
      return "this host has just started (takeover.grace " + millis(config.grace()) + ")";
    }
    Moves moves = moved.get(vm);
    if (moves != null && nowNanos - moves.lastNanos() < cooldown(moves).toNanos()) {
      return "it was taken over a moment ago (takeover.cooldown, now %s)"
          .formatted(millis(cooldown(moves)));
    }
    if (!deposed.containsKey(owner) && deposed.size() >= config.hostsPerMinute()) {
      return "this host has deposed "
          + deposed.size()
          + " hosts within a minute that still live (takeover.hostsPerMinute); look at its load and"
          + " at the region";
    }
    return null;
  }

  /** Doubles each time. */
  private Duration cooldown(Moves moves) {
    Duration doubled =
        config.cooldown().multipliedBy(1L << Math.min(moves.times() - 1, DOUBLINGS_MAX));
    return doubled.compareTo(COOLDOWN_MAX) < 0 ? doubled : COOLDOWN_MAX;
  }

  private static String millis(Duration duration) {
    return duration.toMillis() + " ms";
  }
}
