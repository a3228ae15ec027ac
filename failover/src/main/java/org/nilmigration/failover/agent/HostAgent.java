package org.nilmigration.failover.agent;

/**
 * One host's part: registers, beats, watches, decides, runs guests. Owns the thread {@code
 * decide-HOST}.
 */
public final class HostAgent implements AutoCloseable {
  private HostAgent() {}

  /**
   * Registers the host and begins.
   *
   * @throws org.nilmigration.config.FaultException when another live daemon has the host's name, or
   *     ZooKeeper does not answer
   */
  public static HostAgent start(HostAgentSetup setup) {
    throw new UnsupportedOperationException("not here yet: " + setup.config().host());
  }

  /** A snapshot. Any thread. */
  public HostStatus status() {
    throw new UnsupportedOperationException("not here yet");
  }

  /**
   * Hands each guest over to its synced standby, stops what cannot be handed over, deregisters.
   * Bounded in time; idempotent.
   */
  @Override
  public void close() {}
}
