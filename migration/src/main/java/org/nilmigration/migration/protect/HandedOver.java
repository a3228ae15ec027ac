package org.nilmigration.migration.protect;

import org.nilmigration.checkpoint.dirty.DirtyTracker;
import org.nilmigration.migration.hypervisor.GuestProcess;

/**
 * A guest that runs here now because its owner handed it over; its output gate is held. All stamps
 * are {@link System#nanoTime()}; {@code stopNanos} is the source's, comparable when both hosts
 * share a clock.
 *
 * @param vm the running guest, now the caller's
 * @param tracker armed before the guest ran here, now the caller's
 * @param epoch the epoch it continues from, committed nowhere yet
 * @param stopNanos the source told the guest to pause
 * @param loadedNanos the device state was loaded
 * @param runningNanos the guest ran
 */
public record HandedOver(
    GuestProcess vm,
    DirtyTracker tracker,
    long epoch,
    long stopNanos,
    long loadedNanos,
    long runningNanos) {}
