package org.nilmigration.migration.protect;

import org.nilmigration.checkpoint.dirty.DirtyTracker;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.dirty.PopulatedRuns;
import org.nilmigration.checkpoint.log.BackPressure;
import org.nilmigration.checkpoint.log.LogOwner;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.StateBuffer;

/**
 * Writes one epoch after another: copies pages while the guest runs, then pauses it, takes its
 * device state and the pages written since, and commits. Epoch thread only.
 *
 * <p>Invariant: the last look at the dirty pages comes after the state stream ended, because
 * devices may write guest memory while they save themselves.
 */
final class EpochWriter {
  private static final long BULK_BYTES = 8L << 20;
  private static final int SYNC_PASSES_MAX = 8;
  private static final long NONE = -1;

  private final GuestProcess vm;
  private final DirtyTracker tracker;
  private final LogOwner log;
  private final MappedFile live;
  private final BackPressure backPressure;
  private final StateBuffer state;
  private final PageRuns runs = new PageRuns();

  private long begun = NONE;
  private long copiedBytes;
  private long stopNanos;
  private long capturedNanos;
  private long committedNanos;

  EpochWriter(
      GuestProcess vm,
      DirtyTracker tracker,
      LogOwner log,
      MappedFile live,
      BackPressure backPressure,
      StateBuffer state) {
    this.vm = vm;
    this.tracker = tracker;
    this.log = log;
    this.live = live;
    this.backPressure = backPressure;
    this.state = state;
  }

  /** Begins an epoch; harmless on the one that is begun. */
  void begin(long epoch) {
    if (epoch != begun) {
      log.begin(epoch);
      begun = epoch;
    }
  }

  /** First copy of everything the image holds, then of what was written meanwhile; guest runs. */
  void copyWhole() {
    runs.clear();
    PopulatedRuns.of(live, runs);
    append();
    long lastBytes = Long.MAX_VALUE;
    for (int pass = 0; pass < SYNC_PASSES_MAX; pass++) {
      long bytes = copyWritten();
      if (bytes <= BULK_BYTES || bytes >= lastBytes) {
        return;
      }
      lastBytes = bytes;
    }
  }

  /** Copies what was written since the last look; returns its bytes. */
  long copyWritten() {
    runs.clear();
    tracker.collect(runs);
    append();
    return runs.bytes();
  }

  /** Pauses the guest and commits the epoch. On return the guest is still paused. */
  void pauseAndCommit() {
    stopNanos = System.nanoTime();
    vm.capture(state);
    capturedNanos = System.nanoTime();
    copyWritten();
    log.state(state.segment(), state.length(), backPressure);
    log.commit();
    committedNanos = System.nanoTime();
  }

  private void append() {
    live.checkSize();
    log.pages(live.segment(), runs, backPressure);
    copiedBytes += runs.bytes();
  }

  long copiedBytes() {
    return copiedBytes;
  }

  long stateBytes() {
    return state.length();
  }

  long stopNanos() {
    return stopNanos;
  }

  long capturedNanos() {
    return capturedNanos;
  }

  long committedNanos() {
    return committedNanos;
  }
}
