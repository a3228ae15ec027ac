package org.nilmigration.migration.protect;

import org.nilmigration.checkpoint.dirty.DirtyTracker;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.log.EpochLog;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.EpochConfig;
import org.nilmigration.migration.hypervisor.GuestProcess;

/**
 * What a {@link Protector} works on. The caller keeps ownership of all of it and closes it after
 * the protector.
 *
 * @param vm the running guest
 * @param tracker armed on {@code vm} so that it and {@code written} miss no write since the log's
 *     start epoch
 * @param written pages that the first epoch contains besides; empty unless the guest was handed
 *     over
 * @param log this pairing's log, freshly created
 * @param live the file that {@code vm} runs on
 * @param pace how long the guest runs between two checkpoints
 */
public record ProtectorSetup(
    GuestProcess vm,
    DirtyTracker tracker,
    PageRuns written,
    EpochLog log,
    MappedFile live,
    EpochConfig pace) {}
