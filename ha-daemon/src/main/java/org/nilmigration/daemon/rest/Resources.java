package org.nilmigration.daemon.rest;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;
import org.nilmigration.daemon.metrics.Metrics;
import org.nilmigration.daemon.rest.Router.Route;
import org.nilmigration.failover.agent.HostStatus;

/** The routes. {@code openapi.yaml} beside this class describes each of them; a test compares. */
public final class Resources {
  private static final String OPENAPI = "openapi.yaml";

  private final StatusHandlers status;
  private final HostHandlers hosts;
  private final GuestHandlers guests;
  private final PauseHandlers pauses;
  private final OperationHandlers operations;
  private final Supplier<HostStatus> host;
  private final Metrics metrics;

  /**
   * Resources of one daemon.
   *
   * @param clusterName name of the cluster
   * @param cluster what the hosts agree on
   * @param host status of this host; throws FaultException UNAVAILABLE while it is starting
   */
  public Resources(
      String clusterName, ClusterPort cluster, Supplier<HostStatus> host, Metrics metrics) {
    this.status = new StatusHandlers(clusterName, cluster, host);
    this.hosts = new HostHandlers(cluster, host);
    this.pauses = new PauseHandlers(cluster);
    this.guests = new GuestHandlers(cluster, host);
    this.operations = new OperationHandlers(cluster);
    this.host = host;
    this.metrics = metrics;
  }

  List<Route> routes() {
    return List.of(
        new Route("GET", "/liveness", true, status::liveness),
        new Route("GET", "/readiness", true, status::readiness),
        new Route("GET", "/openapi.yaml", true, this::openapi),
        new Route("GET", "/cluster", false, status::cluster),
        new Route("POST", "/pause", false, pauses::pauseAll),
        new Route("POST", "/resume", false, pauses::resumeAll),
        new Route("GET", "/hosts", false, hosts::list),
        new Route("GET", "/hosts/{name}", false, hosts::show),
        new Route("POST", "/hosts/{name}/cordon", false, hosts::cordon),
        new Route("POST", "/hosts/{name}/uncordon", false, hosts::uncordon),
        new Route("POST", "/hosts/{name}/drain", false, hosts::drain),
        new Route("POST", "/hosts/{name}/confirm-dead", false, hosts::confirmDead),
        new Route("GET", "/vms", false, guests::list),
        new Route("GET", "/vms/{name}", false, guests::show),
        new Route("PUT", "/vms/{name}", false, guests::apply),
        new Route("DELETE", "/vms/{name}", false, guests::remove),
        new Route("POST", "/vms/{name}/start", false, guests::start),
        new Route("POST", "/vms/{name}/stop", false, guests::stop),
        new Route("GET", "/vms/{name}/move-plan", false, operations::plan),
        new Route("POST", "/vms/{name}/pause", false, pauses::pauseGuest),
        new Route("POST", "/vms/{name}/resume", false, pauses::resumeGuest),
        new Route("GET", "/operations", false, operations::list),
        new Route("POST", "/operations", false, operations::submit),
        new Route("GET", "/operations/{id}", false, operations::show),
        new Route("POST", "/operations/{id}/cancel", false, operations::cancel),
        new Route("GET", "/history", false, operations::history),
        new Route("GET", "/history/{id}", false, operations::record),
        new Route("GET", "/metrics", false, this::metrics));
  }

  private Response openapi(Request request) {
    try (InputStream text = Resources.class.getResourceAsStream(OPENAPI)) {
      return Response.text(
          "application/yaml; charset=utf-8",
          new String(text.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Response metrics(Request request) {
    return Response.text(Metrics.CONTENT_TYPE, metrics.prometheusText(host.get()));
  }
}
