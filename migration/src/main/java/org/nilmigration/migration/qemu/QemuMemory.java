package org.nilmigration.migration.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.nilmigration.checkpoint.dirty.DirtyTracker;
import org.nilmigration.checkpoint.dirty.TrackedRange;
import org.nilmigration.checkpoint.dirty.WriteProtectTracker;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * The guest's memory in QEMU's address space: a file mapped over one range, which stays where it is
 * for the life of the process, while the file may be replaced.
 */
final class QemuMemory {
  private final String who;
  private final Runnable kill;
  private final QemuGuest.Tools tools;
  private final int pid;
  private final long bytes;
  private final List<Integer> advice;
  private volatile Path image;

  /** A file that a process has mapped as a whole. */
  record Mapped(int pid, Path image, long bytes) {}

  /**
   * Asks at once what QEMU told madvise(2) about the mapping: while it holds no page yet, the
   * answer costs nothing.
   *
   * @param who subject of the faults' sentences
   */
  QemuMemory(String who, Runnable kill, QemuGuest.Tools tools, Mapped mapped) {
    this.who = who;
    this.kill = kill;
    this.tools = tools;
    this.pid = mapped.pid();
    this.image = mapped.image();
    this.bytes = mapped.bytes();
    this.advice = ProcessMaps.adviceOn(pid, range().hostVirtualStart());
  }

  TrackedRange range() {
    return ProcessMaps.read(pid).rangeOf(image, bytes);
  }

  DirtyTracker track() {
    ProcessMaps maps = ProcessMaps.read(pid);
    TrackedRange range = maps.rangeOf(image, bytes);
    long pageBytes = pageBytes();
    int userfaultfd = tools.thread().call(() -> tools.remote().userfaultfd(maps));
    return WriteProtectTracker.arm(pid, range, pageBytes, userfaultfd);
  }

  /**
   * The huge page on hugetlbfs; that of no known file system when the file has no name any more.
   */
  private long pageBytes() {
    try {
      return Files.getFileStore(image).getBlockSize();
    } catch (IOException e) {
      return Long.MAX_VALUE;
    }
  }

  /**
   * QEMU keeps the file open beside the mapping, to give pages back; so its descriptor has to
   * become one of the new file, too. What was done is read off the process's mappings: either
   * nothing, or all of it, or the process is killed.
   */
  void relocate(Path next) {
    requireSize(next);
    Path before = image;
    ProcessMaps maps = ProcessMaps.read(pid);
    TrackedRange range = maps.rangeOf(before, bytes);
    List<Integer> descriptors = ProcessMaps.descriptorsOf(pid, before);
    var remap = new RemoteSyscalls.Remap(range, next, descriptors, advice);
    FaultException refusal = null;
    try {
      tools
          .thread()
          .call(() -> {
            tools.remote().remap(maps, remap);
            return null;
          });
    } catch (FaultException e) {
      refusal = e;
    }
    ProcessMaps after = ProcessMaps.read(pid);
    if (refusal == null && moved(after, range, before, next)) {
      image = next;
      return;
    }
    if (refusal != null && isOn(after, before, range) && !after.mapsAnyOf(next)) {
      throw refusal;
    }
    kill.run();
    throw torn(before, next, refusal);
  }

  /** A shorter file would be mapped all the same, and end the guest with a bus error later. */
  private void requireSize(Path file) {
    long found = file.toFile().length();
    if (found != bytes) {
      throw new FaultException(
          FaultKind.ERROR,
          who
              + " cannot get "
              + file
              + " as its memory: found "
              + found
              + " bytes, expected "
              + bytes
              + "; make the file anew.");
    }
  }

  private boolean moved(ProcessMaps after, TrackedRange range, Path before, Path next) {
    return isOn(after, next, range)
        && !after.mapsAnyOf(before)
        && ProcessMaps.descriptorsOf(pid, before).isEmpty();
  }

  private boolean isOn(ProcessMaps maps, Path file, TrackedRange range) {
    try {
      return maps.rangeOf(file, bytes).equals(range);
    } catch (FaultException e) {
      return false;
    }
  }

  private FaultException torn(Path before, Path next, FaultException cause) {
    return new FaultException(
        FaultKind.ERROR,
        who
            + " was killed: found its memory neither wholly on "
            + before
            + " nor wholly on "
            + next
            + " after it was to be moved there"
            + (cause == null ? "" : " (" + cause.getMessage() + ")")
            + ", expected one of the two; its standby takes over, or start the guest again.",
        cause);
  }
}
