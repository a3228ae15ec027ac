package org.nilmigration.checkpoint.log;

/** What the owner does while the ring has no room. */
@FunctionalInterface
public interface BackPressure {
  /**
   * Called again and again until the standby consumed enough: wait a little, or throw to give up.
   * What it throws passes through the log's methods; the epoch can then never be committed.
   */
  void ringFull();
}
