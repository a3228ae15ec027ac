package org.nilmigration.checkpoint.numa;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.memory.NativeException;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * Moves the pages of a file to other nodes, a slice at a time, while others use them. Runs on one
 * thread; the rest may be called by any.
 */
public final class NumaMove implements Runnable {
  private static final long SLICE_BYTES = 4L << 20;

  /** For each nanosecond of moving, so many are left to those who use the pages. */
  private static final int REST = 2;

  private final MappedFile file;
  private final List<Integer> nodes;
  private final CompletableFuture<Optional<FaultException>> end = new CompletableFuture<>();
  private volatile long movedBytes;
  private volatile boolean cancelled;

  /**
   * @param file stays open until the {@link #end}
   */
  public NumaMove(MappedFile file, List<Integer> nodes) {
    this.file = file;
    this.nodes = List.copyOf(nodes);
  }

  /** The part that was moved, 0 to 1. */
  public double part() {
    return (double) movedBytes / file.size();
  }

  public void cancel() {
    cancelled = true;
  }

  /** Why it came to nothing, empty when all pages are there; never completes exceptionally. */
  public CompletableFuture<Optional<FaultException>> end() {
    return end.copy();
  }

  @Override
  public void run() {
    Optional<FaultException> fault = Optional.empty();
    try {
      for (long at = 0; at < file.size(); at = movedBytes) {
        if (cancelled) {
          throw new FaultException(FaultKind.ERROR, file.path() + ": its move was cancelled");
        }
        long begun = System.nanoTime();
        long length = Math.min(SLICE_BYTES, file.size() - at);
        NumaPolicy.bind(file, at, length, nodes);
        movedBytes = at + length;
        LockSupport.parkNanos(REST * (System.nanoTime() - begun));
      }
    } catch (FaultException e) {
      fault = Optional.of(e);
    } catch (NativeException e) {
      fault =
          Optional.of(
              new FaultException(
                  FaultKind.UNAVAILABLE,
                  "%s: its pages cannot move to memory nodes %s (%s); those nodes need room, and nild the right to move pages (root, CAP_SYS_NICE)"
                      .formatted(file.path(), nodes, e.getMessage()),
                  e));
    } finally {
      end.complete(fault);
    }
  }
}
