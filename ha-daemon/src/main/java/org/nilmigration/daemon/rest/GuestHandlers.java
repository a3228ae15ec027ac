package org.nilmigration.daemon.rest;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.nilmigration.config.ConfigFiles;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.daemon.api.GuestDocument;
import org.nilmigration.daemon.api.PlacementDocument;
import org.nilmigration.daemon.api.RoleDocument;
import org.nilmigration.daemon.api.SpecDocument;
import org.nilmigration.failover.agent.GuestStatus;
import org.nilmigration.failover.agent.HostStatus;
import org.nilmigration.failover.cluster.Desired;
import org.nilmigration.failover.cluster.GuestView;
import org.nilmigration.failover.cluster.HaPause;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.migration.protect.ProtectorStatus;

/** Guests: what was applied, who runs it, what this host does for it. */
final class GuestHandlers {
  private final ClusterPort cluster;
  private final Supplier<HostStatus> host;

  GuestHandlers(ClusterPort cluster, Supplier<HostStatus> host) {
    this.cluster = cluster;
    this.host = host;
  }

  Response list(Request request) {
    Map<String, GuestStatus> here = here();
    HaPause pause = cluster.pause().orElse(null);
    List<GuestDocument> guests =
        cluster.guests().stream()
            .sorted(Comparator.comparing(GuestView::name))
            .map(guest -> document(guest, pause, here.get(guest.name())))
            .toList();
    return Response.json(guests);
  }

  Response show(Request request) {
    return show(request.parameter("name"));
  }

  private Response show(String name) {
    GuestView guest = cluster.guest(name).orElseThrow(() -> noSuch(name));
    return Response.json(document(guest, cluster.pause().orElse(null), here().get(name)));
  }

  Response apply(Request request) {
    String name = request.parameter("name");
    GuestConfig guest = ConfigFiles.guest(request.body(), "request body");
    if (!guest.name().equals(name)) {
      throw new FaultException(
          FaultKind.USAGE,
          "PUT /vms/%s: the body describes guest '%s', expected the same name in both"
              .formatted(name, guest.name()));
    }
    cluster.apply(guest, force(request));
    return show(name);
  }

  private static boolean force(Request request) {
    String force = request.queried("force").orElse("false");
    return switch (force) {
      case "true" -> true;
      case "false" -> false;
      default ->
          throw new FaultException(
              FaultKind.USAGE,
              "PUT /vms/%s: force: found '%s', expected true or false; correct the query"
                  .formatted(request.parameter("name"), force));
    };
  }

  Response start(Request request) {
    return desire(request, Desired.RUNNING);
  }

  Response stop(Request request) {
    return desire(request, Desired.STOPPED);
  }

  Response remove(Request request) {
    return desire(request, Desired.REMOVED);
  }

  private Response desire(Request request, Desired desired) {
    String name = request.parameter("name");
    if (cluster.guest(name).isEmpty()) {
      throw noSuch(name);
    }
    cluster.desire(name, desired);
    return Response.accepted("/vms/" + name, Map.of("name", name, "desired", desired.name()));
  }

  private Map<String, GuestStatus> here() {
    Map<String, GuestStatus> here = new HashMap<>();
    host.get().guests().forEach(guest -> here.put(guest.name(), guest));
    return here;
  }

  private static FaultException noSuch(String name) {
    return new FaultException(
        FaultKind.NO_SUCH,
        "no guest is called '%s': 'nilctl vm list' shows those that are there".formatted(name));
  }

  private static GuestDocument document(GuestView guest, HaPause all, GuestStatus here) {
    return new GuestDocument(
        guest.name(),
        guest.desired().name(),
        SpecDocument.of(guest.config()),
        placement(guest.placement()),
        Orders.document(guest.pause() == null ? all : guest.pause()),
        role(here));
  }

  private static PlacementDocument placement(Placement placement) {
    if (placement == null) {
      return null;
    }
    return new PlacementDocument(
        placement.owner(),
        placement.standby(),
        placement.generation(),
        placement.pairing(),
        placement.state().name(),
        placement.synced(),
        placement.memory().name(),
        placement.handoff() == null ? null : placement.handoff().to(),
        placement.note());
  }

  private static RoleDocument role(GuestStatus here) {
    if (here == null) {
      return null;
    }
    ProtectorStatus protector = here.protector();
    boolean measured = protector != null && protector.pause().count() > 0;
    return new RoleDocument(
        here.role(),
        here.phase(),
        here.isProtected(),
        here.epoch(),
        measured ? protector.pause().count() : null,
        measured ? protector.pause().p50Millis() : null,
        measured ? protector.pause().p99Millis() : null,
        protector == null ? null : protector.stateBytes(),
        here.output() == null ? null : here.output().name(),
        protector == null ? null : protector.releases(),
        protector == null ? null : protector.outputEpochs(),
        here.lastDecision(),
        here.fault());
  }
}
