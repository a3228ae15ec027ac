package org.nilmigration.migration.protect;

import org.nilmigration.migration.hypervisor.StateBuffer;

/**
 * What the source of a completed handoff knows. Its process is gone; the live image is the
 * target's. All stamps are {@link System#nanoTime()} of the source.
 *
 * @param epoch the handed-over epoch
 * @param state its device state, now the caller's to close: what the guest is resumed from over the
 *     live image if the target never ran it
 * @param committedEpoch the last committed epoch, which the standby's image equals; 0 for a guest
 *     without a standby
 * @param committedState its device state, now the caller's to close; null for a guest without a
 *     standby
 * @param copiedBytes guest memory that was copied from the pause on: none
 * @param stopNanos the guest was told to pause
 * @param capturedNanos its state was complete
 * @param loadedNanos the target said it was loaded
 * @param releasedNanos the source let go: the point of no return
 */
public record HandoffResult(
    long epoch,
    StateBuffer state,
    long committedEpoch,
    StateBuffer committedState,
    long copiedBytes,
    long stopNanos,
    long capturedNanos,
    long loadedNanos,
    long releasedNanos) {

  HandoffResult withCopiedBytes(long bytes) {
    return new HandoffResult(
        epoch,
        state,
        committedEpoch,
        committedState,
        bytes,
        stopNanos,
        capturedNanos,
        loadedNanos,
        releasedNanos);
  }
}
