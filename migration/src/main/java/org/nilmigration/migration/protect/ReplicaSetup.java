package org.nilmigration.migration.protect;

import org.nilmigration.checkpoint.log.EpochLog;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.migration.hypervisor.Hypervisor;
import org.nilmigration.migration.hypervisor.Launch;
import org.nilmigration.migration.hypervisor.StateBuffer;

/**
 * What a {@link Replica} works on. The replica starts and owns the warm guest process; log, image
 * and initial state stay the caller's, who closes them after the replica.
 *
 * @param hypervisor starts the warm guest process
 * @param launch the warm process: incoming, over {@code shadow}
 * @param log this pairing's log
 * @param shadow the image that equals the last applied epoch
 * @param initialState device state of the log's start epoch, null unless the log starts synced
 */
public record ReplicaSetup(
    Hypervisor hypervisor,
    Launch launch,
    EpochLog log,
    MappedFile shadow,
    StateBuffer initialState) {
  public ReplicaSetup {
    if (!launch.incoming()) {
      throw new IllegalArgumentException("a replica's guest process waits for a state: incoming");
    }
  }
}
