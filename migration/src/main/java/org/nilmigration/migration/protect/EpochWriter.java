package org.nilmigration.migration.protect;

import org.nilmigration.checkpoint.dirty.DirtyTracker;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.dirty.PopulatedRuns;
import org.nilmigration.checkpoint.log.BackPressure;
import org.nilmigration.checkpoint.log.LogOwner;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.memory.PauseHelper;
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
  private final LogOwner log;
  private final BackPressure backPressure;
  private final PageRuns runs = new PageRuns();

  private DirtyTracker tracker;
  private MappedFile live;
  private Relocation relocation;

  /** While the guest stands still its processors are free. Null before the first pause. */
  private PauseHelper helper;

  /** Everything copied since the last commit. */
  private final PageRuns uncommitted = new PageRuns();

  /** Of the last commit. */
  private StateBuffer committed = new StateBuffer();

  /** For the next capture. */
  private StateBuffer spare = new StateBuffer();

  private long begun = NONE;
  private long copiedBytes;
  private long writeFaults;
  private long epochBytes;
  private long pauseBytes;
  private long armedPauseBytes;
  private long stateBytes;
  private long stopNanos;
  private long capturedNanos;
  private long copiedNanos;
  private long committedNanos;

  EpochWriter(
      GuestProcess vm,
      DirtyTracker tracker,
      LogOwner log,
      MappedFile live,
      BackPressure backPressure) {
    this.vm = vm;
    this.tracker = tracker;
    this.log = log;
    this.live = live;
    this.backPressure = backPressure;
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

  /** Copies pages that the tracker does not know of. */
  void copy(PageRuns written) {
    runs.clear();
    runs.addAll(written);
    append();
  }

  /**
   * Copies what was written since the last look, but for what is written all the time: that is left
   * to the pause, in which it must be copied anyway.
   *
   * @return bytes that were written, with those that were left
   */
  long copyWritten() {
    runs.clear();
    tracker.collectEarly(runs);
    countFaults(runs.bytes());
    append();
    mirrorLast();
    return runs.bytes() + tracker.unarmedBytes();
  }

  private void collect() {
    runs.clear();
    tracker.collect(runs);
    countFaults(runs.bytes() - tracker.unarmedBytes());
    append(helper);
  }

  private void countFaults(long armedBytes) {
    writeFaults += armedBytes / PageRuns.PAGE_BYTES;
  }

  /** From now on what is copied to the log goes to this relocation, too; null for none. */
  void mirrorTo(Relocation next) {
    relocation = next;
  }

  /** What the last look found, while no other look came after it. */
  void mirrorLast() {
    if (relocation != null) {
      relocation.mirror(runs);
    }
  }

  /** The guest runs on another file and has another tracker; it is paused and both are equal. */
  void moved(MappedFile now, DirtyTracker armed) {
    live = now;
    tracker = armed;
  }

  /**
   * Pauses the guest and commits the epoch. On return the guest is still paused, and what the last
   * look found is left to {@link #mirrorLast}, so that the pause is not longer for it.
   */
  void pauseAndCommit() {
    if (helper == null && PauseHelper.isOfUse()) {
      helper = new PauseHelper();
    }
    stopNanos = System.nanoTime();
    vm.capture(spare);
    capturedNanos = System.nanoTime();
    collect();
    copiedNanos = System.nanoTime();
    log.state(spare.segment(), spare.length(), backPressure);
    stateBytes = spare.length();
    log.commit();
    committedNanos = System.nanoTime();
    epochBytes = uncommitted.bytes();
    pauseBytes = runs.bytes();
    armedPauseBytes = pauseBytes - tracker.unarmedBytes();
    uncommitted.clear();
    StateBuffer last = committed;
    committed = spare;
    spare = last;
  }

  /** The pages written since the last commit; copies nothing. The guest is paused for good. */
  PageRuns writtenSinceCommit() {
    runs.clear();
    tracker.collect(runs);
    uncommitted.addAll(runs);
    return uncommitted.merged();
  }

  private void append() {
    append(null);
  }

  private void append(PauseHelper second) {
    live.checkSize();
    log.pages(live.segment(), runs, backPressure, second);
    uncommitted.addAll(runs);
    copiedBytes += runs.bytes();
  }

  MappedFile live() {
    return live;
  }

  DirtyTracker tracker() {
    return tracker;
  }

  /** The device state of the last commit; empty before the first. */
  StateBuffer committedState() {
    return committed;
  }

  /** Memory for a state that is not committed here. */
  StateBuffer spareState() {
    return spare;
  }

  /** Ends the thread that helps; the states stay. */
  void close() {
    if (helper != null) {
      helper.close();
    }
  }

  void closeStates() {
    committed.close();
    spare.close();
  }

  long copiedBytes() {
    return copiedBytes;
  }

  /** Guest memory in the last commit. */
  long epochBytes() {
    return epochBytes;
  }

  /** Guest memory that was copied in the pause of the last commit. */
  long pauseBytes() {
    return pauseBytes;
  }

  /** Of these, what an early look would have found. */
  long armedPauseBytes() {
    return armedPauseBytes;
  }

  /** Pages on whose first write since a look the guest faulted. */
  long writeFaults() {
    return writeFaults;
  }

  long stateBytes() {
    return stateBytes;
  }

  long stopNanos() {
    return stopNanos;
  }

  long capturedNanos() {
    return capturedNanos;
  }

  /** When the pages that were found in the pause were in the log. */
  long copiedNanos() {
    return copiedNanos;
  }

  long committedNanos() {
    return committedNanos;
  }
}
