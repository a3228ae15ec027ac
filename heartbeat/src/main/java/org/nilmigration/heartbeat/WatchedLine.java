package org.nilmigration.heartbeat;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One line under watch. Looks come from the watching thread; {@link #release} from any thread. The
 * lock is held for one look, so that a released line is never read again.
 */
final class WatchedLine {
  private static final Logger log = LoggerFactory.getLogger(WatchedLine.class);

  private final String host;
  private final BeatLine line;
  private final BeatDetector detector;
  private boolean released;
  private volatile RegionVerdict verdict;

  WatchedLine(String host, BeatLine line, BeatDetector detector) {
    this.host = host;
    this.line = line;
    this.detector = detector;
    this.verdict =
        new RegionVerdict(Liveness.UNKNOWN, 0, 0, 0, detector.incarnation(), "no look taken yet");
  }

  String host() {
    return host;
  }

  RegionVerdict verdict() {
    return verdict;
  }

  /** Looks once and judges; true when the liveness changed. */
  synchronized boolean look(long nowNanos) {
    if (released) {
      return false;
    }
    RegionVerdict before = verdict;
    try {
      verdict = detector.observe(line.readAcquire(), nowNanos);
    } catch (RuntimeException | InternalError lineLost) {
      log.error("host={} beat line cannot be read, no longer watched", host, lineLost);
      verdict = unreadable(before);
      released = true;
    }
    return verdict.liveness() != before.liveness();
  }

  /** Our own view of the region is broken, which says nothing about the other host. */
  private static RegionVerdict unreadable(RegionVerdict before) {
    return new RegionVerdict(
        Liveness.UNKNOWN,
        before.ageNanos(),
        before.thresholdNanos(),
        before.lastCounter(),
        before.incarnation(),
        "its line cannot be read here");
  }

  synchronized void release() {
    released = true;
  }
}
