package org.nilmigration.failover.decision;

import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.nilmigration.failover.cluster.CallOff;
import org.nilmigration.failover.cluster.Desired;
import org.nilmigration.failover.cluster.Operation;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.heartbeat.Liveness;

/**
 * Everything a decision about one guest rests on.
 *
 * @param preferredHost first owner by configuration, null for any
 * @param memoryBytes size of the guest's memory
 * @param placement null until a host first started the guest
 * @param words of the planned move in {@code placement}; null when there is none, or its area
 *     cannot be read
 * @param arriving null unless the guest is on its way to this host, or was
 * @param peers the other hosts by name
 * @param operation oldest operation on the guest that has not ended, null for none
 * @param calledOff why {@code operation} is not to go on, null when it is
 * @param orphanedFor how long this host has seen a placement of its own earlier incarnation while
 *     HA was not paused
 * @param brake why the guest is not taken over on silent beats alone, null when it may be
 * @param fence of the guest's owner
 * @param orders what people have ordered
 */
public record GuestFacts(
    String vm,
    Desired desired,
    String preferredHost,
    long memoryBytes,
    Placement placement,
    Words words,
    Self self,
    LocalRole local,
    Arriving arriving,
    Map<String, Peer> peers,
    Operation operation,
    CallOff calledOff,
    Duration orphanedFor,
    String brake,
    FenceFacts fence,
    Orders orders) {

  public GuestFacts {
    peers = Map.copyOf(peers);
  }

  String me() {
    return self.host();
  }

  boolean wanted() {
    return desired == Desired.RUNNING;
  }

  boolean leaving() {
    return self.leaving() != Self.Leaving.NO;
  }

  boolean cordoned() {
    return orders.cordoned().contains(me());
  }

  /** What is known of one run of a host's daemon. */
  Liveness judge(String host, long incarnation) {
    Peer peer = peers.get(host);
    if (peer == null || peer.incarnation() < incarnation) {
      return Liveness.UNKNOWN;
    }
    return restarted(host, incarnation) ? Liveness.DEAD : peer.verdict().liveness();
  }

  /** A later run of that host's daemon has been seen, which has nothing of the guest. */
  boolean restarted(String host, long incarnation) {
    Peer peer = peers.get(host);
    return peer != null && peer.incarnation() > incarnation && !peer.isRun(incarnation);
  }

  /** The words for {@link #judge}. */
  String evidence(String host, long incarnation) {
    Peer peer = peers.get(host);
    if (peer == null) {
      return "host " + host + " was never seen";
    }
    if (restarted(host, incarnation)) {
      return "host " + host + " was restarted";
    }
    return peer.verdict().reason();
  }

  boolean registered(String host, long incarnation) {
    Peer peer = peers.get(host);
    return peer != null && peer.registered() && peer.isRun(incarnation);
  }

  /** Dead by the region, and gone from ZooKeeper too: nothing is left of that run. */
  boolean gone(String host, long incarnation) {
    return judge(host, incarnation) == Liveness.DEAD && !registered(host, incarnation);
  }

  /**
   * Both channels of that run were silent for so long that its watchdog has reset the host. Only
   * watched silence counts, and one that may come from a later run does not.
   */
  boolean resetByWatchdog(String host, long incarnation) {
    return fence.resetAfter() != null
        && gone(host, incarnation)
        && !restarted(host, incarnation)
        && peers.get(host).verdict().ageNanos() > fence.resetAfter().toNanos();
  }

  private Stream<Peer> pairablePeers() {
    return peers.values().stream()
        .filter(Peer::pairable)
        .filter(peer -> !orders.cordoned().contains(peer.host()))
        .filter(peer -> peer.hasRoom(memoryBytes));
  }

  /** Whether some other host could protect the guest if that one ran it. */
  boolean protectableOn(String owner) {
    return pairablePeers().anyMatch(peer -> !peer.host().equals(owner));
  }

  /** The host that is to get something of the guest: the emptiest one that has room. */
  Optional<Peer> pairablePeer() {
    return pairablePeers()
        .min(Comparator.comparingLong(Peer::committedBytes).thenComparing(Peer::host));
  }

  /** Where the guest can go without anybody's word: its synced standby, else any other host. */
  Optional<Peer> moveTarget() {
    boolean standby =
        placement.isProtected()
            && judge(placement.standby(), placement.standbyIncarnation()) == Liveness.ALIVE
            && registered(placement.standby(), placement.standbyIncarnation())
            && !orders.cordoned().contains(placement.standby());
    return standby ? Optional.of(peers.get(placement.standby())) : pairablePeer();
  }

  /** One host does what any could do: the alive one whose name comes first. */
  boolean firstAlive() {
    return peers.values().stream()
        .noneMatch(peer -> peer.alive() && peer.host().compareTo(me()) < 0);
  }

  /** The preferred host first, the others only without it; never a cordoned one. */
  boolean mayStart() {
    if (cordoned()) {
      return false;
    }
    if (preferredHost == null || preferredHost.equals(me())) {
      return true;
    }
    Peer preferred = peers.get(preferredHost);
    return preferred == null || !preferred.alive() || orders.cordoned().contains(preferredHost);
  }
}
