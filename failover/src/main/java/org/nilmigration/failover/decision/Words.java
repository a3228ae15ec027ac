package org.nilmigration.failover.decision;

import org.nilmigration.checkpoint.handoff.HandoffSource;
import org.nilmigration.checkpoint.handoff.HandoffTarget;

/** The words in the area of the planned move that the placement names, as read just now. */
public record Words(HandoffSource source, HandoffTarget target) {

  /** The source let go: the point of no return. */
  boolean released() {
    return source == HandoffSource.RELEASED;
  }

  /** The target may have written to the guest's memory. */
  boolean running() {
    return target == HandoffTarget.RUNNING;
  }

  /** The target gave up, and wrote nothing. */
  boolean failed() {
    return target == HandoffTarget.FAILED;
  }
}
