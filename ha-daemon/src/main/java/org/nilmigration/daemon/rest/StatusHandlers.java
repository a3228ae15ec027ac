package org.nilmigration.daemon.rest;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.daemon.api.ClusterDocument;
import org.nilmigration.daemon.api.Version;
import org.nilmigration.failover.agent.HostStatus;
import org.nilmigration.failover.cluster.GuestView;
import org.nilmigration.failover.cluster.HaPause;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;

/** Health and the cluster as a whole. */
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
    HaPause pause = cluster.pause().orElse(null);
    long paused = guests.stream().filter(guest -> pause != null || guest.pause() != null).count();
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
            (int) running.stream().filter(Placement::isProtected).count(),
            cluster.cordons().size(),
            (int) paused,
            Orders.document(pause)));
  }
}
