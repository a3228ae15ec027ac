package org.nilmigration.failover.agent;

import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.failover.decision.LocalRole;
import org.nilmigration.migration.protect.HandoffResult;

/**
 * What remains at the source of a completed handoff: the image and device state of the handed-over
 * epoch. Together they are what a standby starts from without a resync.
 */
final class ReleasedHolding implements Holding {
  private final long generation;
  private final MappedFile image;
  private final HandoffResult result;
  private boolean adopted;

  ReleasedHolding(long generation, MappedFile image, HandoffResult result) {
    this.generation = generation;
    this.image = image;
    this.result = result;
  }

  MappedFile image() {
    return image;
  }

  HandoffResult result() {
    return result;
  }

  /** Image and state belong to another holding from now on. */
  void adopted() {
    adopted = true;
  }

  @Override
  public LocalRole role(int placementVersion) {
    return new LocalRole.Released(generation);
  }

  @Override
  public void close() {
    if (!adopted) {
      Closing.all(image, result.state());
    }
  }
}
