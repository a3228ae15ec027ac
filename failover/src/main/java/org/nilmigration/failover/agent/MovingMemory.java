package org.nilmigration.failover.agent;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.DoubleSupplier;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.MemoryPlacement;
import org.nilmigration.failover.decision.LocalRole;

/**
 * A move of a guest's memory that was begun here. Any thread.
 *
 * @param copied the part that was copied, 0 to 1
 * @param cancel gives up, unless it is too late
 * @param end why it came to nothing, empty when the memory arrived; never completes exceptionally
 */
record MovingMemory(
    MemoryPlacement to,
    long begunNanos,
    DoubleSupplier copied,
    Runnable cancel,
    CompletableFuture<Optional<FaultException>> end) {
  private static final long END_SECONDS_MAX = 30;

  LocalRole.MemoryMove seen() {
    return new LocalRole.MemoryMove(to, (int) (copied.getAsDouble() * 10), end.isDone());
  }

  double millis() {
    return (System.nanoTime() - begunNanos) / 1e6;
  }

  /** Cancels, and waits until nothing touches the memory any more. */
  void stop() {
    cancel.run();
    try {
      end.get(END_SECONDS_MAX, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FaultException(FaultKind.ERROR, "interrupted while a guest's memory moves", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new FaultException(FaultKind.TIMEOUT, "the move of a guest's memory did not end", e);
    }
  }
}
