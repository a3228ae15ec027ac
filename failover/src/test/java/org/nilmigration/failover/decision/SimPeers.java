package org.nilmigration.failover.decision;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.nilmigration.heartbeat.BeatDetector;
import org.nilmigration.heartbeat.BeatLine;
import org.nilmigration.heartbeat.Liveness;
import org.nilmigration.heartbeat.RegionVerdict;

/** What a host knows of the others, as the agent's PeerWatch, with the real detector. */
final class SimPeers {
  private static final RegionVerdict NO_BEATS =
      new RegionVerdict(Liveness.UNKNOWN, 0, 0, 0, 0, "no beats of it were seen in the region");

  private final SimRegion region;
  private final String self;
  private final Map<String, Watched> watched = new TreeMap<>();

  private static final class Watched {
    final long incarnation;
    final SimRegion.Beats line;
    final BeatDetector detector;
    RegionVerdict verdict = NO_BEATS;

    Watched(long incarnation, SimRegion.Beats line) {
      this.incarnation = incarnation;
      this.line = line;
      this.detector = new BeatDetector(incarnation, SimWorld.SUSPECT_AFTER_MILLIS * 1_000_000);
    }
  }

  SimPeers(SimRegion region, String self) {
    this.region = region;
    this.self = self;
  }

  void expect(String host, long incarnation) {
    Watched before = watched.get(host);
    if (!host.equals(self) && (before == null || before.incarnation < incarnation)) {
      watched.put(host, new Watched(incarnation, region.beats(host)));
    }
  }

  /** Looks at all lines; true when a liveness changed. */
  boolean look(long nowNanos) {
    boolean changed = false;
    for (Watched peer : watched.values()) {
      Liveness before = peer.verdict.liveness();
      peer.verdict =
          peer.detector.observe(
              new BeatLine.Beat(
                  peer.line.incarnation, peer.line.counter, 0, 0, peer.line.leaseNanos),
              nowNanos);
      changed |= peer.verdict.liveness() != before;
    }
    return changed;
  }

  Map<String, Peer> seen(Map<String, Long> sessions, Set<String> keep) {
    Map<String, Peer> peers = new HashMap<>();
    watched.forEach(
        (host, w) -> peers.put(host, peer(host, w.incarnation, false, false, w.verdict)));
    sessions.forEach((host, incarnation) -> {
      Watched w = watched.get(host);
      if (!host.equals(self) && (w == null || w.incarnation <= incarnation)) {
        boolean known = w != null && w.incarnation == incarnation;
        peers.put(
            host, peer(host, incarnation, true, keep.contains(host), known ? w.verdict : NO_BEATS));
      }
    });
    return peers;
  }

  private static Peer peer(
      String host, long incarnation, boolean registered, boolean keeps, RegionVerdict verdict) {
    String misfit = registered ? null : "it is not registered; start its nild";
    return new Peer(host, incarnation, registered, keeps, misfit, verdict, false, 0, 0);
  }
}
