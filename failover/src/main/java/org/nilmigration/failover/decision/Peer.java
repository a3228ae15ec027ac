package org.nilmigration.failover.decision;

import org.nilmigration.heartbeat.Liveness;
import org.nilmigration.heartbeat.RegionVerdict;

/**
 * Another host by both channels.
 *
 * @param incarnation the incarnation that is registered, else the last one known
 * @param registered its ZooKeeper session lives
 * @param sameRegion it has the same region mapped, as far as it registered
 * @param verdict what its beats say about {@code incarnation}
 * @param avoided a pairing with it failed lately
 */
public record Peer(
    String host,
    long incarnation,
    boolean registered,
    boolean sameRegion,
    RegionVerdict verdict,
    boolean avoided) {

  /** May become a standby. */
  boolean pairable() {
    return registered && sameRegion && !avoided && verdict.liveness() == Liveness.ALIVE;
  }

  /** May be relied on to start a guest. */
  boolean alive() {
    return registered && verdict.liveness() != Liveness.DEAD;
  }
}
