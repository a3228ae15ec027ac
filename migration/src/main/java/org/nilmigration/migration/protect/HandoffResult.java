package org.nilmigration.migration.protect;

import org.nilmigration.migration.hypervisor.StateBuffer;

/**
 * What the source of a completed handoff knows. All stamps are {@link System#nanoTime()} of the
 * source.
 *
 * @param epoch the handed-over epoch; the source's image equals it
 * @param state the device state of that epoch, now the caller's to close: until the new owner has
 *     committed an epoch of its own, this and the image are what a takeover back starts from
 * @param stopNanos the guest was told to pause
 * @param capturedNanos its state was complete
 * @param committedNanos the epoch was committed
 * @param loadedNanos the target said it was loaded
 * @param releasedNanos the source let go: the point of no return
 */
public record HandoffResult(
    long epoch,
    StateBuffer state,
    long stopNanos,
    long capturedNanos,
    long committedNanos,
    long loadedNanos,
    long releasedNanos) {}
