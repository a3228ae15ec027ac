package org.nilmigration.migration.protect;

/**
 * What a {@link Protector} has done so far; a snapshot.
 *
 * @param phase where the protector stands
 * @param committedEpoch number of the last committed epoch
 * @param committedNanos {@link System#nanoTime()} of that commit, 0 before the first
 * @param appliedEpoch last epoch that the standby says it applied
 * @param epochs epochs committed by this protector
 * @param copiedBytes guest memory written to the log by this protector
 * @param writeFaults faults of the guest at first writes to pages that were tracked
 * @param stateBytes size of the last device state
 * @param releases epochs after whose commit held output was let out
 * @param outputEpochs epochs that ended before their time because output waited
 * @param pause how long the guest stood still per epoch
 * @param relocation how far a move of its memory is, null when there is none
 */
public record ProtectorStatus(
    Phase phase,
    long committedEpoch,
    long committedNanos,
    long appliedEpoch,
    long epochs,
    long copiedBytes,
    long writeFaults,
    long stateBytes,
    long releases,
    long outputEpochs,
    PauseStatistics pause,
    Relocation.Progress relocation) {

  /** Where a protector stands. */
  public enum Phase {
    /**
     * The standby does not hold a complete image yet, or the guest's output is not held yet; a
     * takeover is not possible.
     */
    SYNCING,
    /** The standby can take over from the last committed epoch. */
    PROTECTED,
    /** The guest went to the standby's host; this host's copy is the new standby image. */
    HANDED_OFF,
    /** The standby took the guest; whatever ran here since the last commit does not count. */
    DEPOSED,
    /** Checkpoints ended with a fault; the guest runs on, unprotected. */
    FAILED,
    /** Closed; the guest runs on, unprotected. */
    STOPPED
  }

  /** True while a takeover would lose nothing that was committed. */
  public boolean isProtected() {
    return phase == Phase.PROTECTED;
  }
}
