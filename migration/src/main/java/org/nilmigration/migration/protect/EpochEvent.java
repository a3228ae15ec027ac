package org.nilmigration.migration.protect;

import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Timespan;
import org.nilmigration.checkpoint.dirty.PageRuns;

/** One instance for all epochs of a protector: the epoch thread allocates nothing. */
@Name("nil.Epoch")
@Label("Epoch")
@Description("The pause of one epoch, from the request to stop until the guest runs")
final class EpochEvent extends GuestEvent {
  @Label("Dirty Pages")
  @Description("Copied since the last commit, while the guest ran and in the pause")
  long dirtyPages;

  @Label("Dirty Bytes")
  @DataAmount
  long dirtyBytes;

  @Label("Bytes in the Pause")
  @Description("Part of the dirty bytes that was copied in the pause")
  @DataAmount
  long pauseBytes;

  @Label("Unarmed Bytes in the Pause")
  @Description("Part of these that the guest writes in most epochs, so that it is not tracked")
  @DataAmount
  long unarmedBytes;

  @Label("State Bytes")
  @DataAmount
  long stateBytes;

  @Label("Stop and State")
  @Description("Until the guest stood still and its device state was complete")
  @Timespan
  long stopAndState;

  @Label("Scan and Copy")
  @Description("The last look at the dirty pages, and the copy of what it found")
  @Timespan
  long scanAndCopy;

  @Label("Commit")
  @Description("The device state to the log, and the commit word")
  @Timespan
  long stateAndCommit;

  @Label("Cont")
  @Description("Until the guest ran")
  @Timespan
  long cont;

  /** After the commit of that epoch; begin, end and {@code cont} are set. */
  void record(long committed, EpochWriter writer) {
    if (!shouldCommit()) {
      return;
    }
    epoch = committed;
    dirtyBytes = writer.epochBytes();
    dirtyPages = dirtyBytes / PageRuns.PAGE_BYTES;
    pauseBytes = writer.pauseBytes();
    unarmedBytes = pauseBytes - writer.armedPauseBytes();
    stateBytes = writer.stateBytes();
    stopAndState = writer.capturedNanos() - writer.stopNanos();
    scanAndCopy = writer.copiedNanos() - writer.capturedNanos();
    stateAndCommit = writer.committedNanos() - writer.copiedNanos();
    commit();
  }
}
