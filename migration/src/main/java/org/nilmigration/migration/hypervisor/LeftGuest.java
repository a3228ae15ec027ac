package org.nilmigration.migration.hypervisor;

/** A guest process that an earlier run of the daemon left behind. Any thread, one at a time. */
public interface LeftGuest {

  /** Process id of the virtual machine monitor. */
  int pid();

  /**
   * Makes it this run's: nothing of the earlier run's work with it is under way any more. It may
   * run or be paused, and its gate is as it was left.
   *
   * @param launch as it was started, not {@code incoming}; its image may have another name by now
   * @throws org.nilmigration.config.FaultException when it cannot be worked with, or has another
   *     memory than {@code launch} says; it is as it was then
   */
  GuestProcess adopt(Launch launch);

  /** Kills it and waits until it is gone. Idempotent. */
  void kill();
}
