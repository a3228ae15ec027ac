package org.nilmigration.failover.decision;

import org.nilmigration.heartbeat.Liveness;
import org.nilmigration.heartbeat.RegionVerdict;

/**
 * Another host by both channels.
 *
 * @param incarnation the incarnation that is registered, else the last one known
 * @param registered its ZooKeeper session lives
 * @param keeps the guest's process of an earlier run still runs there: this run goes on with it, or
 *     says so when it has killed it
 * @param misfit why it could not resume the guest, with the remedy; null when it could
 * @param verdict what its beats say about {@code incarnation}
 * @param avoided a pairing with it failed lately
 * @param committedBytes memory of the guests it runs or stands by for
 * @param capacityBytes how much it means to take, 0 = any amount
 */
public record Peer(
    String host,
    long incarnation,
    boolean registered,
    boolean keeps,
    String misfit,
    RegionVerdict verdict,
    boolean avoided,
    long committedBytes,
    long capacityBytes) {

  /** May become a standby. */
  boolean pairable() {
    return registered && misfit == null && !avoided && verdict.liveness() == Liveness.ALIVE;
  }

  /** That run, or a later one that has the guest still. */
  boolean isRun(long earlier) {
    return incarnation == earlier || (incarnation > earlier && keeps);
  }

  boolean hasRoom(long bytes) {
    return capacityBytes == 0 || committedBytes + bytes <= capacityBytes;
  }

  /** May be relied on to start a guest. */
  boolean alive() {
    return registered && verdict.liveness() != Liveness.DEAD;
  }
}
