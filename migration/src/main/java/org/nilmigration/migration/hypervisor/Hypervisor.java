package org.nilmigration.migration.hypervisor;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Starts guests. One per daemon; usable from any thread; closing it kills every guest it started.
 */
public interface Hypervisor extends AutoCloseable {

  /**
   * Verifies that guests can be started and checkpointed on this machine: the binary exists, runs
   * and is new enough, the kernel can tell written pages, and this process may trace its children.
   *
   * @throws org.nilmigration.config.FaultException UNAVAILABLE, with the remedy
   */
  void probe();

  /**
   * What another host must have, too, to resume guests of this one. The bridges are those of the
   * moment; takes milliseconds.
   *
   * @throws org.nilmigration.config.FaultException UNAVAILABLE, with the remedy
   */
  HypervisorTraits traits();

  /**
   * Starts one guest process and returns when it answers commands. A launch that is not {@code
   * incoming} returns a paused guest: {@link GuestProcess#track()} first, then {@link
   * GuestProcess#resume()}, so that no page is ever written unseen.
   *
   * @throws org.nilmigration.config.FaultException when the process cannot be started or ends at
   *     once; the sentence carries its last words, and nothing is left behind
   */
  GuestProcess start(Launch launch);

  /**
   * The guest process that an earlier run of the daemon left in that directory; empty when none
   * lives.
   */
  Optional<LeftGuest> left(Path directory);

  /**
   * Kills every guest that is still running and was not {@link GuestProcess#leave left}, and waits
   * for the processes to be gone.
   */
  @Override
  void close();
}
