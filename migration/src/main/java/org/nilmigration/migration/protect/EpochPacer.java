package org.nilmigration.migration.protect;

import org.nilmigration.config.EpochConfig;

/**
 * Decides how long the guest runs before its next checkpoint; pure, time is passed in.
 *
 * <ul>
 *   <li>Output waits: until the guest has sent nothing more for {@value #QUIET_NANOS} ns, so that a
 *       burst becomes one epoch and a lone answer waits for little; never less than {@code
 *       outputInterval}, never more than {@code interval}.
 *   <li>No output, memory is written: {@code interval}.
 *   <li>No output, next to nothing written: up to {@code idleInterval}.
 *   <li>Output that cannot be seen: {@code interval}.
 *   <li>Before all of these: after a checkpoint that took longer than {@code interval}, which only
 *       a crowded machine needs, at least as long as the guest stood still. Many guests on few
 *       processors would else do nothing but be checkpointed.
 * </ul>
 */
final class EpochPacer {
  /** What an idle Linux writes in some tens of milliseconds is below this. */
  static final long CLEAN_BYTES = 256 * 4096;

  static final long QUIET_NANOS = 1_000_000;

  /** Between two looks for output: this long for a guest that sends, longer while it is silent. */
  private static final long LOOK_NANOS = 500_000;

  private static final long LOOK_NANOS_MAX = 5_000_000;
  private static final int SILENCE_PER_LOOK = 16;
  private static final long LEAST_NANOS_MAX = 500_000_000;

  /** Whether something that the guest sent waits for a checkpoint. */
  enum Output {
    NONE,
    WAITING,
    /** It cannot be seen. */
    UNKNOWN
  }

  /** What to do now. */
  enum Step {
    /** Let the guest run until {@link #restNanos}. */
    RUN,
    /** Copy what was written while it runs, and tell {@link #copied}. */
    COPY,
    /** Checkpoint. */
    END
  }

  private final long intervalNanos;
  private final long outputNanos;
  private final long idleNanos;
  private long startNanos;
  private long copyAtNanos;
  private long leastNanos;
  private long sentNanos;
  private boolean early;

  EpochPacer(EpochConfig pace) {
    this.intervalNanos = pace.interval().toNanos();
    this.outputNanos = pace.outputInterval().toNanos();
    this.idleNanos = pace.idleInterval().toNanos();
  }

  /**
   * The guest runs from now on.
   *
   * @param stoodNanos how long it stood still before
   */
  void started(long nowNanos, long stoodNanos) {
    startNanos = nowNanos;
    leastNanos = stoodNanos > intervalNanos ? Math.min(stoodNanos, LEAST_NANOS_MAX) : 0;
    copyAtNanos = nowNanos + Math.max(intervalNanos, leastNanos);
    early = false;
  }

  /**
   * @param movedNanos when the guest was last seen to send
   */
  Step step(long nowNanos, Output output, long movedNanos) {
    sentNanos = movedNanos;
    long ran = nowNanos - startNanos;
    if (ran < leastNanos) {
      return Step.RUN;
    }
    if (output == Output.WAITING) {
      boolean quiet = nowNanos - movedNanos >= QUIET_NANOS;
      early = ran < intervalNanos;
      return ran >= outputNanos && (quiet || !early) ? Step.END : Step.RUN;
    }
    if (ran >= (output == Output.NONE ? idleNanos : intervalNanos)) {
      return Step.END;
    }
    return nowNanos - copyAtNanos >= 0 ? Step.COPY : Step.RUN;
  }

  /**
   * That many bytes had been written since the last look.
   *
   * @return whether the epoch ends now
   */
  boolean copied(long nowNanos, long bytes) {
    copyAtNanos = nowNanos + intervalNanos;
    return bytes > CLEAN_BYTES;
  }

  /** How long to wait after {@link Step#RUN}. */
  long restNanos(long nowNanos, boolean watched) {
    long least = startNanos + leastNanos - nowNanos;
    if (least > 0) {
      return least;
    }
    long end = Math.min(copyAtNanos - nowNanos, startNanos + idleNanos - nowNanos);
    if (!watched) {
      return end;
    }
    long look = Math.clamp((nowNanos - sentNanos) / SILENCE_PER_LOOK, LOOK_NANOS, LOOK_NANOS_MAX);
    return Math.min(end, Math.max(look, startNanos + outputNanos - QUIET_NANOS - nowNanos));
  }

  /** True when the epoch ended before its time because output waited. */
  boolean endedEarly() {
    return early;
  }
}
