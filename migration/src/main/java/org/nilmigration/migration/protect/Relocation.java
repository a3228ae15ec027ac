package org.nilmigration.migration.protect;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.nilmigration.checkpoint.dirty.DirtyTracker;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.dirty.PopulatedRuns;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.migration.hypervisor.GuestProcess;

/**
 * Moves the memory of a running guest from one file to another. One thread makes every copy.
 *
 * <p>Invariant, from {@link #begin} on: a page that differs between the two files is among those
 * still to be copied, or the tracker has yet to report it, or it was reported and is being copied.
 * So once nothing is left to copy, the guest is paused, and what the tracker reports then is
 * copied, the files are equal, and the guest is put on the new one.
 *
 * <p>A failure before that leaves the guest on its old file and removes the new one; afterwards the
 * old one is removed. Takeovers never notice: they work from the log and the shadow image.
 */
public final class Relocation {
  private static final int SLICE_BYTES = 1 << 20;

  /** For each nanosecond of copying, so many are left to everything else. */
  private static final int REST = 2;

  private static final int PASSES_MAX = 8;
  private static final long PASS_BYTES = 1L << 20;

  private final String guest;
  private final GuestProcess vm;
  private final MappedFile to;
  private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
  private final PageRuns bulk = new PageRuns();
  private MappedFile from;
  private DirtyTracker tracker;
  private long bulkBytes;
  private int run;
  private long within;
  private long nextSliceNanos;
  private long pauseNanos;
  private boolean begun;
  private boolean moved;
  private FaultException fault;
  private volatile long copiedBytes;
  private volatile long totalBytes;
  private volatile boolean cancelled;

  /**
   * What the guest runs on from now on.
   *
   * @param live its memory; the other file is closed and removed
   * @param tracker armed on it; null when the process is gone or refused to be tracked again
   * @param fault why the guest stayed on its old file, null when it is on the new one
   * @param pauseNanos how long putting it on another file took, 0 when that was not tried
   */
  public record Outcome(
      MappedFile live, DirtyTracker tracker, FaultException fault, long pauseNanos) {}

  /**
   * How far the copy of what the guest's memory held at the beginning is.
   *
   * @param totalBytes 0 before the beginning
   */
  public record Progress(long copiedBytes, long totalBytes) {

    /** The part that was copied, 0 to 1. */
    public double part() {
      return totalBytes == 0 ? 0 : (double) copiedBytes / totalBytes;
    }
  }

  /**
   * @param to a new file as long as the guest's memory, all zeros; this relocation's from now on
   */
  Relocation(String guest, GuestProcess vm, MappedFile to) {
    this.guest = guest;
    this.vm = vm;
    this.to = to;
  }

  /**
   * Relocates a guest that nobody checkpoints, on the calling thread, which may be interrupted.
   *
   * @param live what it runs on
   * @param tracker armed on it, or null
   * @param to a new file as long as the guest's memory, all zeros
   */
  public static Relocation unprotected(
      String guest, GuestProcess vm, MappedFile live, DirtyTracker tracker, MappedFile to) {
    Relocation relocation = new Relocation(guest, vm, to);
    relocation.over(live, tracker);
    return relocation;
  }

  /** Completes on the copying thread, never exceptionally, when one of the files is gone. */
  public CompletableFuture<Outcome> outcome() {
    return outcome.copy();
  }

  /** Any thread. */
  public Progress progress() {
    return new Progress(copiedBytes, totalBytes);
  }

  /** Gives up, unless it is too late for that; {@link #outcome()} says which. Any thread. */
  public void cancel() {
    cancelled = true;
  }

  /** Does all of it; see {@link #unprotected}. Returns when the outcome is known. */
  public Outcome run() {
    try {
      if (tracker == null) {
        tracker = vm.track();
      }
      begin();
      while (fault == null && !copied()) {
        if (Thread.currentThread().isInterrupted()) {
          cancel();
        }
        LockSupport.parkNanos(slice(System.nanoTime()));
      }
      PageRuns written = new PageRuns();
      for (int pass = 0; pass < PASSES_MAX && collect(written) > PASS_BYTES; pass++) {
        // each pass leaves less to copy while the guest stands still
      }
      pauseAndSwitch(written);
    } catch (FaultException e) {
      abandon(e);
    }
    finish();
    return outcome.join();
  }

  private void pauseAndSwitch(PageRuns written) {
    if (fault != null) {
      return;
    }
    try {
      vm.pause();
      collect(written);
      switchOver();
    } finally {
      vm.resume();
    }
  }

  private long collect(PageRuns written) {
    written.clear();
    tracker.collect(written);
    mirror(written);
    return written.bytes();
  }

  /** Says what the guest runs on. */
  void over(MappedFile live, DirtyTracker armed) {
    from = live;
    tracker = armed;
  }

  /** From now on every page that the tracker reports is to be given to {@link #mirror}. */
  void begin() {
    PopulatedRuns.of(from, bulk);
    totalBytes = bulk.bytes();
    begun = true;
  }

  boolean begun() {
    return begun;
  }

  /**
   * Copies a little when it is time to.
   *
   * @return nanoseconds after which it is time again
   */
  long slice(long nowNanos) {
    if (fault != null || copied()) {
      return Long.MAX_VALUE;
    }
    long early = nextSliceNanos - nowNanos;
    if (nextSliceNanos != 0 && early > 0) {
      return early;
    }
    long length = Math.min(SLICE_BYTES, bulk.length(run) - within);
    copy(bulk.start(run) + within, length);
    within += length;
    bulkBytes += length;
    copiedBytes = bulkBytes;
    if (within == bulk.length(run)) {
      run++;
      within = 0;
    }
    long took = System.nanoTime() - nowNanos;
    nextSliceNanos = nowNanos + took + REST * took;
    return REST * took;
  }

  /** Copies pages that the tracker reported; never onto what the guest runs on. */
  void mirror(PageRuns written) {
    if (moved) {
      throw new IllegalStateException("guest " + guest + " runs on " + to.path() + " already");
    }
    for (int i = 0; i < written.count() && fault == null; i++) {
      copy(written.start(i), written.length(i));
    }
  }

  private void copy(long start, long length) {
    try {
      if (cancelled) {
        throw new FaultException(FaultKind.ERROR, "guest " + guest + ": its move was cancelled");
      }
      from.checkSize();
      to.checkSize();
      MemorySegment.copy(from.segment(), start, to.segment(), start, length);
      to.checkSize();
    } catch (InternalError e) {
      abandon(to.fault(e));
    } catch (FaultException e) {
      abandon(e);
    }
  }

  /** True when only what the tracker reports is left to be copied. */
  boolean copied() {
    return run == bulk.count();
  }

  /** Notes why the guest stays where it is; the first reason counts. */
  void abandon(FaultException why) {
    if (fault == null && !moved) {
      fault = why;
    }
  }

  /** True when it has failed or the guest is on its new file: time to {@link #finish}. */
  boolean settled() {
    return moved || fault != null;
  }

  FaultException fault() {
    return fault;
  }

  /**
   * Puts the guest on the new file; it is paused and the files are equal. Afterwards the tracker is
   * another one, also when the guest stayed on the old file.
   */
  void switchOver() {
    if (fault != null) {
      return;
    }
    long begun = System.nanoTime();
    tracker.close();
    tracker = null;
    try {
      vm.relocate(to.path());
      moved = true;
    } catch (FaultException e) {
      abandon(e);
    }
    if (!vm.exit().isDone()) {
      tracker = vm.track();
    }
    pauseNanos = System.nanoTime() - begun;
  }

  /** What the guest runs on now. */
  MappedFile live() {
    return moved ? to : from;
  }

  /** Armed on {@link #live()}, null when that failed. */
  DirtyTracker tracker() {
    return tracker;
  }

  /** Removes the file that is not used and tells the outcome; the guest may run. Idempotent. */
  void finish() {
    if (outcome.isDone()) {
      return;
    }
    if (!moved && fault == null) {
      abandon(new FaultException(FaultKind.ERROR, "guest " + guest + ": its move was not begun"));
    }
    MappedFile unused = moved ? from : to;
    try {
      unused.unlink();
    } finally {
      unused.close();
      outcome.complete(new Outcome(live(), tracker, fault, pauseNanos));
    }
  }
}
