package org.nilmigration.daemon.rest;

import java.util.Map;
import org.nilmigration.failover.cluster.Order;

/** Pauses of HA, of one guest or of all. */
final class PauseHandlers {
  private final ClusterPort cluster;

  PauseHandlers(ClusterPort cluster) {
    this.cluster = cluster;
  }

  Response pauseAll(Request request) {
    return pause(null, Orders.signed(request));
  }

  Response pauseGuest(Request request) {
    return pause(request.parameter("name"), Orders.signed(request));
  }

  private Response pause(String vmOrNull, Order order) {
    return Response.json(Orders.document(cluster.pause(vmOrNull, order)));
  }

  Response resumeAll(Request request) {
    return resume(null, Orders.signed(request));
  }

  Response resumeGuest(Request request) {
    return resume(request.parameter("name"), Orders.signed(request));
  }

  private Response resume(String vmOrNull, Order order) {
    cluster.resume(vmOrNull, order);
    return Response.json(Map.of("paused", false));
  }
}
