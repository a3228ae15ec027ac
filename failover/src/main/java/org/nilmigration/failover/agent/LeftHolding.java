package org.nilmigration.failover.agent;

import org.nilmigration.failover.decision.LocalRole;
import org.nilmigration.migration.hypervisor.LeftGuest;

/**
 * The guest's process, which outlives a run of the daemon: that run left it, or the next one found
 * it.
 */
final class LeftHolding implements Holding {
  private final GuestSite site;
  private final long generation;
  private final LeftGuest guest;

  LeftHolding(GuestSite site, long generation, LeftGuest guest) {
    this.site = site;
    this.generation = generation;
    this.guest = guest;
  }

  LeftGuest guest() {
    return guest;
  }

  @Override
  public LocalRole role() {
    return new LocalRole.Left(generation);
  }

  @Override
  public void close() {
    guest.kill();
    RunningFile.remove(site.directory());
    site.memory().forget(site.vm());
  }
}
