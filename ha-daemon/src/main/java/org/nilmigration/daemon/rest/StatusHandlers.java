package org.nilmigration.daemon.rest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.daemon.api.ClusterDocument;
import org.nilmigration.daemon.api.HostDocument;
import org.nilmigration.daemon.api.Version;
import org.nilmigration.failover.agent.HostStatus;
import org.nilmigration.failover.agent.PeerStatus;
import org.nilmigration.failover.cluster.GuestView;
import org.nilmigration.failover.cluster.HostRecord;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;

/** Health, cluster and hosts. */
final class StatusHandlers {
  private final String clusterName;
  private final ClusterPort cluster;
  private final Supplier<HostStatus> host;

  StatusHandlers(String clusterName, ClusterPort cluster, Supplier<HostStatus> host) {
    this.clusterName = clusterName;
    this.cluster = cluster;
    this.host = host;
  }

  /** The process answers. */
  Response liveness(Request request) {
    return Response.json(Map.of("live", true));
  }

  /** The host takes part in the cluster: its agent runs and ZooKeeper answers it. */
  Response readiness(Request request) {
    HostStatus self = host.get();
    if (!self.zookeeper()) {
      throw new FaultException(
          FaultKind.NO_QUORUM,
          "host %s has no connection to ZooKeeper: its guests run on, but none can change its owner until ZooKeeper answers"
              .formatted(self.host()));
    }
    return Response.json(Map.of("ready", true));
  }

  Response cluster(Request request) {
    HostStatus self = host.get();
    List<GuestView> guests = cluster.guests();
    List<Placement> running =
        guests.stream()
            .map(GuestView::placement)
            .filter(placement -> placement != null && placement.state().live())
            .filter(placement -> placement.state() != PlacementState.STARTING)
            .toList();
    return Response.json(
        new ClusterDocument(
            clusterName,
            self.host(),
            Version.current(),
            self.regionUuid(),
            self.realtime(),
            cluster.hosts().size(),
            guests.size(),
            running.size(),
            (int) running.stream().filter(Placement::isProtected).count()));
  }

  Response hosts(Request request) {
    HostStatus self = host.get();
    Map<String, HostRecord> sessions = new TreeMap<>();
    cluster.hosts().forEach(record -> sessions.put(record.host(), record));
    Map<String, PeerStatus> peers = new TreeMap<>();
    self.peers().forEach(peer -> peers.put(peer.host(), peer));
    Map<String, Placement> placements = new TreeMap<>();
    for (GuestView guest : cluster.guests()) {
      if (guest.placement() != null && guest.placement().state().live()) {
        placements.put(guest.name(), guest.placement());
      }
    }

    Map<String, HostDocument> hosts = new TreeMap<>();
    for (Map<String, ?> source : List.of(sessions, peers, Map.of(self.host(), self))) {
      for (String name : source.keySet()) {
        hosts.computeIfAbsent(
            name, n -> document(n, self, sessions.get(n), peers.get(n), placements));
      }
    }
    return Response.json(List.copyOf(hosts.values()));
  }

  private static HostDocument document(
      String name,
      HostStatus self,
      HostRecord session,
      PeerStatus peer,
      Map<String, Placement> placements) {
    List<String> owns = new ArrayList<>();
    List<String> standsBy = new ArrayList<>();
    placements.forEach((guest, placement) -> {
      if (name.equals(placement.owner())) {
        owns.add(guest);
      } else if (name.equals(placement.standby())) {
        standsBy.add(guest);
      }
    });
    boolean isSelf = name.equals(self.host());
    boolean judged = !isSelf && peer != null && peer.verdict() != null;
    String heartbeat = judged ? peer.verdict().liveness().name() : isSelf ? "ALIVE" : "UNKNOWN";
    return new HostDocument(
        name,
        isSelf,
        session != null,
        session == null ? null : session.incarnation(),
        session == null ? null : session.api(),
        heartbeat,
        judged ? peer.verdict().ageNanos() / 1e6 : null,
        judged ? peer.verdict().reason() : null,
        owns,
        standsBy);
  }
}
