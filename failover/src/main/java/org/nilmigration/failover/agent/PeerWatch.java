package org.nilmigration.failover.agent;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.nilmigration.checkpoint.region.HostSlot;
import org.nilmigration.checkpoint.region.Region;
import org.nilmigration.config.FaultException;
import org.nilmigration.failover.cluster.HostRecord;
import org.nilmigration.heartbeat.BeatLine;
import org.nilmigration.heartbeat.BeatWatcher;
import org.nilmigration.heartbeat.Liveness;
import org.nilmigration.heartbeat.RegionVerdict;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The other hosts by both channels: who is registered, and what their beats in the region say.
 * Decision thread only, except {@link #suspicion}, which any thread may read.
 */
final class PeerWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PeerWatch.class);
  private static final RegionVerdict NO_BEATS =
      new RegionVerdict(Liveness.UNKNOWN, 0, 0, 0, 0, "no beats of it were seen in the region");

  /** What is known of a host. */
  record Seen(String host, long incarnation, HostRecord record, RegionVerdict verdict) {
    boolean registered() {
      return record != null;
    }
  }

  /** When its beats were found to have stopped, and by which evidence. */
  record Suspicion(RegionVerdict verdict, long atNanos) {}

  private final String self;
  private final Region region;
  private final Duration suspectAfter;
  private final BeatWatcher watcher;
  private final Map<String, HostSlot> slots = new HashMap<>();
  private final Map<String, Long> incarnations = new HashMap<>();
  private final Set<String> unreadable = new HashSet<>();
  private final Map<String, HostRecord> records = new HashMap<>();
  private final Map<String, Suspicion> suspicions = new ConcurrentHashMap<>();

  PeerWatch(String self, Region region, Duration interval, Duration suspectAfter, Runnable wake) {
    this.self = self;
    this.region = region;
    this.suspectAfter = suspectAfter;
    this.watcher =
        BeatWatcher.start(
            interval,
            (host, verdict, nowNanos) -> {
              if (verdict.liveness() == Liveness.DEAD) {
                suspicions.put(host, new Suspicion(verdict, nowNanos));
              } else {
                suspicions.remove(host);
              }
              wake.run();
            });
  }

  /** Watches an incarnation of a host from now on, unless a newer one is watched already. */
  void expect(String host, long incarnation) {
    Long watched = incarnations.get(host);
    if (host.equals(self) || (watched != null && watched >= incarnation)) {
      return;
    }
    Optional<HostSlot> slot = slot(host); // not the one from before: it may be a new file
    if (slot.isEmpty()) {
      return;
    }
    watcher.unwatch(host);
    HostSlot before = slots.put(host, slot.get());
    if (before != null) {
      before.close();
    }
    suspicions.remove(host);
    watcher.watch(host, new BeatLine(slot.get().beatLine()), incarnation, suspectAfter);
    incarnations.put(host, incarnation);
  }

  /** A slot that is damaged says nothing about its host, and nothing about other hosts. */
  private Optional<HostSlot> slot(String host) {
    try {
      Optional<HostSlot> slot = region.host(host);
      unreadable.remove(host);
      return slot;
    } catch (FaultException damaged) {
      if (unreadable.add(host)) {
        LOG.error("host={} its beats cannot be seen: {}", host, damaged.getMessage());
      }
      return Optional.empty();
    }
  }

  /** Everybody else that is registered or watched, by name. */
  Map<String, Seen> seen(Iterable<HostRecord> registered) {
    Map<String, Seen> all = new TreeMap<>();
    incarnations.forEach((host, incarnation) ->
        all.put(host, new Seen(host, incarnation, null, watcher.verdict(host))));
    for (HostRecord record : registered) {
      if (record.host().equals(self)) {
        continue;
      }
      records.put(record.host(), record);
      Long watched = incarnations.get(record.host());
      RegionVerdict verdict =
          watched != null && watched == record.incarnation()
              ? watcher.verdict(record.host())
              : NO_BEATS;
      if (watched == null || watched <= record.incarnation()) {
        all.put(record.host(), new Seen(record.host(), record.incarnation(), record, verdict));
      }
    }
    return all;
  }

  /**
   * Silence after which that run's watchdog has reset its host, two and a half timeouts: one in
   * which the last feed may still have come, late by a stall between its look at the beats and the
   * call; one from there to the reset; half of one for the silence in which a host feeds on, an
   * eighth at most, and for the device's own clock. Null when it has none, or was never seen
   * registered from here.
   */
  Duration resetAfter(String host, long incarnation) {
    HostRecord record = records.get(host);
    boolean guarded =
        record != null && record.incarnation() == incarnation && record.watchdogMillis() > 0;
    return guarded ? Duration.ofMillis(record.watchdogMillis() * 5 / 2) : null;
  }

  /** The latest suspicion against a host, empty while it beats. Any thread. */
  Optional<Suspicion> suspicion(String host) {
    return Optional.ofNullable(suspicions.get(host));
  }

  @Override
  public void close() {
    watcher.close();
    slots.values().forEach(HostSlot::close);
  }
}
