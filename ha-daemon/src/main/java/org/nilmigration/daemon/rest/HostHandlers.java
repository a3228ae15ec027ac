package org.nilmigration.daemon.rest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.daemon.api.FencedDocument;
import org.nilmigration.daemon.api.HostDocument;
import org.nilmigration.daemon.api.OrderRequest;
import org.nilmigration.failover.agent.HostStatus;
import org.nilmigration.failover.agent.PeerStatus;
import org.nilmigration.failover.cluster.Cordon;
import org.nilmigration.failover.cluster.Fenced;
import org.nilmigration.failover.cluster.GuestView;
import org.nilmigration.failover.cluster.HostRecord;
import org.nilmigration.failover.cluster.Operation;
import org.nilmigration.failover.placement.Placement;

/** Hosts: who is there, what they have, what people ordered for them. */
final class HostHandlers {
  private final ClusterPort cluster;
  private final Supplier<HostStatus> host;

  HostHandlers(ClusterPort cluster, Supplier<HostStatus> host) {
    this.cluster = cluster;
    this.host = host;
  }

  Response list(Request request) {
    return Response.json(List.copyOf(documents().values()));
  }

  Response show(Request request) {
    String name = request.parameter("name");
    HostDocument found = documents().get(name);
    if (found == null) {
      throw new FaultException(
          FaultKind.NO_SUCH,
          "no host is called '%s': 'nilctl host list' shows those that are there".formatted(name));
    }
    return Response.json(found);
  }

  Response cordon(Request request) {
    Cordon cordon = cluster.cordon(request.parameter("name"), Orders.signed(request));
    return Response.json(Orders.document(cordon));
  }

  Response uncordon(Request request) {
    String name = request.parameter("name");
    cluster.uncordon(name, Orders.signed(request));
    return Response.json(Map.of("name", name, "cordoned", false));
  }

  Response confirmDead(Request request) {
    OrderRequest asked = Orders.read(request);
    Fenced fenced =
        cluster.confirmDead(
            request.parameter("name"), Boolean.TRUE.equals(asked.force()), Orders.signed(asked));
    return Response.json(
        new FencedDocument(
            fenced.host(),
            fenced.incarnation(),
            fenced.by(),
            fenced.reason(),
            fenced.at().toString()));
  }

  Response drain(Request request) {
    OrderRequest asked = Orders.read(request);
    Operation operation =
        cluster.drain(
            request.parameter("name"),
            asked.parallel() == null ? Cordon.PARALLEL_DEFAULT : asked.parallel(),
            Boolean.TRUE.equals(asked.force()),
            Orders.signed(asked));
    return Response.accepted(
        "/operations/" + operation.id(), OperationHandlers.document(cluster, operation));
  }

  private Map<String, HostDocument> documents() {
    HostStatus self = host.get();
    Map<String, HostRecord> sessions = new TreeMap<>();
    cluster.hosts().forEach(record -> sessions.put(record.host(), record));
    Map<String, PeerStatus> peers = new TreeMap<>();
    self.peers().forEach(peer -> peers.put(peer.host(), peer));
    Map<String, Cordon> cordons = new TreeMap<>();
    cluster.cordons().forEach(cordon -> cordons.put(cordon.host(), cordon));
    Map<String, Placement> placements = new TreeMap<>();
    for (GuestView guest : cluster.guests()) {
      if (guest.placement() != null && guest.placement().state().live()) {
        placements.put(guest.name(), guest.placement());
      }
    }

    Map<String, HostDocument> hosts = new TreeMap<>();
    for (Map<String, ?> source : List.of(sessions, peers, cordons, Map.of(self.host(), self))) {
      for (String name : source.keySet()) {
        hosts.computeIfAbsent(
            name,
            n -> document(n, self, sessions.get(n), peers.get(n), placements, cordons.get(n)));
      }
    }
    return hosts;
  }

  private HostDocument document(
      String name,
      HostStatus self,
      HostRecord session,
      PeerStatus peer,
      Map<String, Placement> placements,
      Cordon cordon) {
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
        standsBy,
        Orders.document(cordon),
        cordon != null && cordon.draining() ? Orders.left(cluster, name) : List.of());
  }
}
