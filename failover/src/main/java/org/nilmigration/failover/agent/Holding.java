package org.nilmigration.failover.agent;

import org.nilmigration.failover.decision.LocalRole;

/**
 * What this host has of a guest: processes, files, workers. Changed by the guest's effect thread,
 * looked at by the decision thread through {@link #role}.
 */
sealed interface Holding extends AutoCloseable
    permits Holding.Nothing, LeftHolding, OwnerHolding, ReleasedHolding, StandbyHolding {

  /** As the decision sees it. Any thread. */
  LocalRole role();

  /** Lets go of everything; a process is killed. Idempotent. */
  @Override
  void close();

  /** Nothing at all. */
  record Nothing() implements Holding {
    @Override
    public LocalRole role() {
      return new LocalRole.None();
    }

    @Override
    public void close() {}
  }
}
