package org.nilmigration.failover.agent;

import org.nilmigration.checkpoint.handoff.HandoffArea;
import org.nilmigration.failover.decision.LocalRole;
import org.nilmigration.migration.hypervisor.StateBuffer;
import org.nilmigration.migration.protect.HandoffResult;

/**
 * What remains at the source of a completed handoff: the state that was handed over, which goes
 * with the live image as long as the target did not run it, and the state of the last commit, which
 * goes with the shadow image.
 */
final class ReleasedHolding implements Holding {
  private final long generation;
  private final String liveImage;
  private final HandoffArea area;
  private final HandoffResult result;
  private boolean committedPassedOn;

  ReleasedHolding(long generation, String liveImage, HandoffArea area, HandoffResult result) {
    this.generation = generation;
    this.liveImage = liveImage;
    this.area = area;
    this.result = result;
  }

  long generation() {
    return generation;
  }

  String liveImage() {
    return liveImage;
  }

  /** Epoch of the shadow image, or the one that was handed over. */
  long epoch(boolean shadow) {
    return shadow ? result.committedEpoch() : result.epoch();
  }

  StateBuffer state(boolean shadow) {
    return shadow ? result.committedState() : result.state();
  }

  /**
   * Takes the permission to run the guest back from a target that did not use it.
   *
   * @return false when the target used it
   */
  boolean revoke() {
    return area.revoke();
  }

  /** The state of the last commit is the caller's from now on; null for an unprotected guest. */
  StateBuffer takeCommittedState() {
    committedPassedOn = true;
    return result.committedState();
  }

  @Override
  public LocalRole role() {
    return new LocalRole.Released(generation, result.committedState() != null);
  }

  @Override
  public void close() {
    Closing.all(result.state(), committedPassedOn ? null : result.committedState(), area);
  }
}
