package org.nilmigration.checkpoint.log;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import org.nilmigration.checkpoint.layout.LogLayout;
import org.nilmigration.checkpoint.layout.Words;
import org.nilmigration.checkpoint.memory.CacheFlush;
import org.nilmigration.checkpoint.memory.MappedFile;

/**
 * The standby page of a log: written by the standby, read by both. Each word is flushed when it was
 * stored, and what it promises before.
 */
class StandbyWords {
  private final MemorySegment log;
  private final CacheFlush flush;

  StandbyWords(MappedFile file) {
    this(file.segment(), file.cacheFlush());
  }

  StandbyWords(MemorySegment log, CacheFlush flush) {
    this.log = log;
    this.flush = flush;
  }

  /** By the creator, before the log's version is published. */
  void initialise(long startEpoch, boolean synced) {
    publishApplied(startEpoch);
    publishSynced(synced);
  }

  void publishConsumed(long position) {
    publish(LogLayout.CONSUMED_POS, position);
  }

  long consumedAcquire() {
    return Words.acquire(log, LogLayout.CONSUMED_POS);
  }

  void publishApplied(long epoch) {
    publish(LogLayout.APPLIED_EPOCH, epoch);
  }

  long appliedEpochAcquire() {
    return Words.acquire(log, LogLayout.APPLIED_EPOCH);
  }

  void publishSynced(boolean synced) {
    publish(LogLayout.SYNCED, synced ? 1 : 0);
  }

  long syncedAcquire() {
    return Words.acquire(log, LogLayout.SYNCED);
  }

  void publishAttached() {
    publish(LogLayout.ATTACHED, 1);
  }

  long attachedAcquire() {
    return Words.acquire(log, LogLayout.ATTACHED);
  }

  /** On return every look at the owner's page comes after the store. */
  void publishTaken() {
    publish(LogLayout.TAKEN, 1);
    VarHandle.fullFence();
  }

  long takenAcquire() {
    return Words.acquire(log, LogLayout.TAKEN);
  }

  private void publish(long word, long value) {
    Words.release(log, word, value);
    flush.flushNow(log, word, Long.BYTES);
  }
}
