package org.nilmigration.migration.protect;

import org.nilmigration.migration.hypervisor.GuestProcess;

/**
 * A guest that runs here now because its owner is gone. All stamps are {@link System#nanoTime()}.
 *
 * @param vm the running guest, now the caller's
 * @param epoch the committed epoch it continues from
 * @param epochNanos when this host had it from the log, at most one look after its commit
 * @param requestedNanos the takeover was asked for
 * @param takenNanos the old owner was told, by the <em>taken</em> word
 * @param recoveredNanos everything committed was verified and applied
 * @param restoredNanos the device state was loaded
 * @param runningNanos the guest ran
 */
public record Takeover(
    GuestProcess vm,
    long epoch,
    long epochNanos,
    long requestedNanos,
    long takenNanos,
    long recoveredNanos,
    long restoredNanos,
    long runningNanos) {}
