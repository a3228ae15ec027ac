package org.nilmigration.daemon.rest;

import com.google.gson.JsonParseException;
import java.util.List;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.daemon.api.CordonDocument;
import org.nilmigration.daemon.api.DrainStepDocument;
import org.nilmigration.daemon.api.Json;
import org.nilmigration.daemon.api.OrderRequest;
import org.nilmigration.daemon.api.PauseDocument;
import org.nilmigration.failover.cluster.Cordon;
import org.nilmigration.failover.cluster.DrainPlan;
import org.nilmigration.failover.cluster.HaPause;
import org.nilmigration.failover.cluster.Order;

/** Orders of people between the interface and the cluster. */
final class Orders {
  private static final String ANYBODY = "REST";
  private static final OrderRequest EMPTY = new OrderRequest(null, null, null, null);

  private Orders() {}

  /** The request's body; an empty one asks for the defaults. */
  static OrderRequest read(Request request) {
    if (request.body().isBlank()) {
      return EMPTY;
    }
    try {
      OrderRequest asked = Json.read(request.body(), OrderRequest.class);
      return asked == null ? EMPTY : asked;
    } catch (JsonParseException e) {
      throw new FaultException(
          FaultKind.USAGE,
          "body of the order: found %s, expected {\"by\": WHO, \"reason\": WHY}; correct it or leave it out"
              .formatted(e.getMessage()),
          e);
    }
  }

  static Order signed(OrderRequest asked) {
    return new Order(asked.by() == null ? ANYBODY : asked.by(), asked.reason());
  }

  static Order signed(Request request) {
    return signed(read(request));
  }

  static CordonDocument document(Cordon cordon) {
    return cordon == null
        ? null
        : new CordonDocument(
            cordon.draining(),
            cordon.parallel(),
            cordon.by(),
            cordon.reason(),
            cordon.at().toString());
  }

  static PauseDocument document(HaPause pause) {
    return pause == null
        ? null
        : new PauseDocument(
            pause.vm(), pause.by(), pause.reason(), pause.at().toString(), pause.sentence());
  }

  /** What a drain of the host has left to do. */
  static List<DrainStepDocument> left(ClusterPort cluster, String host) {
    DrainPlan plan =
        new DrainPlan(host, cluster.hosts(), cluster.cordons(), cluster.pause().orElse(null));
    return plan.steps(cluster.guests()).stream()
        .map(step ->
            new DrainStepDocument(step.vm(), step.role(), step.phase().name(), step.reason()))
        .toList();
  }
}
