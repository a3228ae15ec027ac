package org.nilmigration.migration.protect;

import java.util.concurrent.locks.StampedLock;
import org.nilmigration.migration.protect.ProtectorStatus.Phase;

/**
 * Where an epoch thread shows what it has done. Showing allocates nothing and never waits for a
 * reader; any thread reads, and gets the counts of one moment.
 */
final class StatusBoard {

  /** See {@link ProtectorStatus}. Of the epoch thread. */
  static final class Counts {
    Phase phase = Phase.SYNCING;
    long committedEpoch;
    long committedNanos;
    long appliedEpoch;
    long epochs;
    long copiedBytes;
    long writeFaults;
    long stateBytes;
    long releases;
    long outputEpochs;

    void take(EpochWriter writer) {
      committedNanos = writer.committedNanos();
      copiedBytes = writer.copiedBytes();
      writeFaults = writer.writeFaults();
      stateBytes = writer.stateBytes();
    }

    private void set(Counts other) {
      phase = other.phase;
      committedEpoch = other.committedEpoch;
      committedNanos = other.committedNanos;
      appliedEpoch = other.appliedEpoch;
      epochs = other.epochs;
      copiedBytes = other.copiedBytes;
      writeFaults = other.writeFaults;
      stateBytes = other.stateBytes;
      releases = other.releases;
      outputEpochs = other.outputEpochs;
    }

    private ProtectorStatus status(PauseStatistics pause, Relocation.Progress relocation) {
      return new ProtectorStatus(
          phase,
          committedEpoch,
          committedNanos,
          appliedEpoch,
          epochs,
          copiedBytes,
          writeFaults,
          stateBytes,
          releases,
          outputEpochs,
          pause,
          relocation);
    }
  }

  /** Held by the epoch thread for the time of a few stores; readers never hold it. */
  private final StampedLock lock = new StampedLock();

  private final Counts shown = new Counts();

  /** Epoch thread only. */
  void show(Counts now) {
    long stamp = lock.writeLock();
    shown.set(now);
    lock.unlockWrite(stamp);
  }

  /** What was shown last, with what is not counted here. */
  ProtectorStatus read(PauseStatistics pause, Relocation.Progress relocation) {
    while (true) {
      long stamp = lock.tryOptimisticRead();
      ProtectorStatus status = shown.status(pause, relocation);
      if (lock.validate(stamp)) {
        return status;
      }
      Thread.onSpinWait();
    }
  }
}
