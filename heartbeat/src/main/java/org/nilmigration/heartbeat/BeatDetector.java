package org.nilmigration.heartbeat;

import org.nilmigration.heartbeat.BeatLine.Beat;

/**
 * Judges one incarnation of one host by the looks taken at its beat line. Pure: holds no clock,
 * reads no memory; confined to one thread. All times are the watcher's own CLOCK_MONOTONIC; the
 * writer's clock is never compared with it.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>Only watched time counts as silence. A gap between two looks longer than a third of the
 *       configured time means that we ourselves were stalled; that gap is forgotten, and the
 *       verdict is UNKNOWN until the counter moves or enough watched silence has passed.
 *   <li>The threshold is never below the configured one, and never above four times that; between
 *       the two it is three times the largest gap seen lately.
 *   <li>A line that changes to another incarnation after this one was seen is proof: this one is
 *       dead at once and for ever.
 *   <li>A lease holds that back: until it is over, silence and a new incarnation prove nothing. It
 *       is never taken back, and never longer than {@link #LEASE_NANOS_MAX}.
 *   <li>A counter that stands still on the first look proves nothing; it is silence from then on.
 * </ul>
 */
public final class BeatDetector {
  static final long LEASE_NANOS_MAX = 600_000_000_000L;

  private static final int STALL_DIVISOR = 3;
  private static final int GAP_FACTOR = 3;
  private static final int THRESHOLD_FACTOR_MAX = 4;

  private final long incarnation;
  private final long suspectAfterNanos;

  private GapWindow gaps;
  private long lastLookNanos;
  private long lastMoveNanos;
  private long lastCounter;
  private long leaseNanos;
  private boolean incarnationSeen;
  private boolean replaced;
  private String doubt = "no beat seen yet";

  /**
   * @param incarnation the one to judge, not 0
   * @param suspectAfterNanos silence that is suspicious when beats come without jitter
   */
  public BeatDetector(long incarnation, long suspectAfterNanos) {
    if (incarnation == 0 || suspectAfterNanos <= 0) {
      throw new IllegalArgumentException(
          "detector: found incarnation %d and suspectAfter %d ns, expected neither 0 nor negative"
              .formatted(incarnation, suspectAfterNanos));
    }
    this.incarnation = incarnation;
    this.suspectAfterNanos = suspectAfterNanos;
  }

  long incarnation() {
    return incarnation;
  }

  /** Takes one look into account and judges. {@code nowNanos} must not go back. */
  public RegionVerdict observe(Beat beat, long nowNanos) {
    if (gaps == null) {
      gaps = new GapWindow(nowNanos);
      lastMoveNanos = nowNanos;
    } else {
      forgetOwnStall(nowNanos - lastLookNanos);
    }
    boolean firstSight = beat.incarnation() == incarnation && !incarnationSeen;
    lastLookNanos = nowNanos;
    if (firstSight) {
      incarnationSeen = true;
      lastCounter = beat.counter();
    } else if (beat.incarnation() == incarnation && beat.counter() != lastCounter) {
      moved(beat.counter(), nowNanos);
    } else if (beat.incarnation() != incarnation && incarnationSeen) {
      replaced = true;
    }
    if (beat.incarnation() == incarnation) {
      leaseNanos = Math.clamp(beat.leaseNanos(), leaseNanos, LEASE_NANOS_MAX);
    }
    return judge(nowNanos);
  }

  private void forgetOwnStall(long sinceLastLookNanos) {
    if (sinceLastLookNanos > suspectAfterNanos / STALL_DIVISOR) {
      lastMoveNanos += sinceLastLookNanos;
      doubt = "we were stalled ourselves";
    }
  }

  private void moved(long counter, long nowNanos) {
    gaps.add(nowNanos - lastMoveNanos, nowNanos);
    lastCounter = counter;
    lastMoveNanos = nowNanos;
    doubt = null;
  }

  private RegionVerdict judge(long nowNanos) {
    long age = nowNanos - lastMoveNanos;
    long threshold = Math.max(thresholdNanos(), leaseNanos);
    boolean expected = age < leaseNanos;
    if (expected && (replaced || age >= thresholdNanos())) {
      return verdict(Liveness.UNKNOWN, age, threshold, "its daemon is expected back in its lease");
    }
    if (replaced) {
      return verdict(Liveness.DEAD, age, threshold, "its line belongs to another incarnation");
    }
    if (age >= threshold) {
      return verdict(Liveness.DEAD, age, threshold, "silent for longer than the threshold");
    }
    return doubt != null
        ? verdict(Liveness.UNKNOWN, age, threshold, doubt)
        : verdict(Liveness.ALIVE, age, threshold, "beats are seen");
  }

  private long thresholdNanos() {
    return Math.clamp(
        GAP_FACTOR * gaps.largestNanos(),
        suspectAfterNanos,
        THRESHOLD_FACTOR_MAX * suspectAfterNanos);
  }

  private RegionVerdict verdict(Liveness liveness, long age, long threshold, String reason) {
    return new RegionVerdict(liveness, age, threshold, lastCounter, incarnation, reason);
  }
}
