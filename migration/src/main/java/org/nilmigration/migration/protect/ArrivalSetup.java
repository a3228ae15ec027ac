package org.nilmigration.migration.protect;

import org.nilmigration.checkpoint.handoff.HandoffArea;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.migration.hypervisor.Hypervisor;
import org.nilmigration.migration.hypervisor.Launch;

/**
 * What an {@link Arrival} works on. It starts and owns the waiting guest process; area and image
 * stay the caller's, who closes them after the arrival.
 *
 * @param hypervisor starts the waiting guest process
 * @param launch the waiting process: incoming, over {@code live}
 * @param area this attempt's area
 * @param live the image that the guest runs on at its source
 */
public record ArrivalSetup(
    Hypervisor hypervisor, Launch launch, HandoffArea area, MappedFile live) {
  public ArrivalSetup {
    boolean sameImage = launch.incoming() && launch.image().equals(live.path());
    if (!sameImage
        || !launch.guest().name().equals(area.identity().guest())
        || live.size() != area.identity().memoryBytes()) {
      throw new IllegalArgumentException(
          "arrival of " + area.identity() + " over " + live.path() + " by " + launch);
    }
  }
}
