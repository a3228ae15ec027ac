package org.nilmigration.checkpoint.log;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import org.nilmigration.checkpoint.layout.LogLayout;
import org.nilmigration.checkpoint.layout.Words;

/** The standby page of a log: written by the standby, read by both. */
class StandbyWords {
  private final MemorySegment log;

  StandbyWords(MemorySegment log) {
    this.log = log;
  }

  /** By the creator, before the log's version is published. */
  void initialise(long startEpoch, boolean synced) {
    publishApplied(startEpoch);
    publishSynced(synced);
  }

  void publishConsumed(long position) {
    Words.release(log, LogLayout.CONSUMED_POS, position);
  }

  long consumedAcquire() {
    return Words.acquire(log, LogLayout.CONSUMED_POS);
  }

  void publishApplied(long epoch) {
    Words.release(log, LogLayout.APPLIED_EPOCH, epoch);
  }

  long appliedEpochAcquire() {
    return Words.acquire(log, LogLayout.APPLIED_EPOCH);
  }

  void publishSynced(boolean synced) {
    Words.release(log, LogLayout.SYNCED, synced ? 1 : 0);
  }

  long syncedAcquire() {
    return Words.acquire(log, LogLayout.SYNCED);
  }

  void publishAttached() {
    Words.release(log, LogLayout.ATTACHED, 1);
  }

  long attachedAcquire() {
    return Words.acquire(log, LogLayout.ATTACHED);
  }

  /** On return every look at the owner's page comes after the store. */
  void publishTaken() {
    Words.release(log, LogLayout.TAKEN, 1);
    VarHandle.fullFence();
  }

  long takenAcquire() {
    return Words.acquire(log, LogLayout.TAKEN);
  }
}
