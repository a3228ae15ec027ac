package org.nilmigration.daemon.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nilmigration.daemon.api.ClusterDocument;
import org.nilmigration.daemon.api.DrainStepDocument;
import org.nilmigration.daemon.api.FaultDocument;
import org.nilmigration.daemon.api.GuestDocument;
import org.nilmigration.daemon.api.HostDocument;
import org.nilmigration.daemon.api.Json;
import org.nilmigration.daemon.api.OperationDocument;
import org.nilmigration.daemon.metrics.Metrics;
import org.nilmigration.failover.placement.PlacementState;

/** Orders of people from request to answer, and where they are seen. */
class OrdersTest {
  private static final String ANN = "{\"by\": \"ann\", \"reason\": \"new firmware\"}";

  private final FakeCluster cluster = new FakeCluster();
  private final HttpEdge edge =
      new HttpEdge(
          new Router(new Resources("lab", cluster, cluster::status, new Metrics()).routes()),
          new BearerToken("token"),
          new Metrics());

  private FakeExchange send(String method, String uri, String body) throws IOException {
    FakeExchange exchange =
        new FakeExchange(method, uri, body.getBytes(StandardCharsets.UTF_8))
            .with("Authorization", "Bearer token");
    edge.handle(exchange);
    return exchange;
  }

  private FakeExchange post(String uri, String body) throws IOException {
    return send("POST", uri, body);
  }

  private <T> T get(String uri, Class<T> type) throws IOException {
    return Json.read(send("GET", uri, "").answer(), type);
  }

  @Test
  void aCordonIsSeenWithWhoAndWhy() throws IOException {
    assertThat(post("/hosts/b/cordon", ANN).getResponseCode()).isEqualTo(200);
    HostDocument host = get("/hosts/b", HostDocument.class);
    assertThat(host.cordon().by()).isEqualTo("ann");
    assertThat(host.cordon().reason()).isEqualTo("new firmware");
    assertThat(host.cordon().draining()).isFalse();
    assertThat(get("/cluster", ClusterDocument.class).cordonedHosts()).isEqualTo(1);
    assertThat(post("/hosts/b/uncordon", "").getResponseCode()).isEqualTo(200);
    assertThat(get("/hosts/b", HostDocument.class).cordon()).isNull();
    assertThat(cluster.asked).contains("uncordon b Order[by=REST, reason=null]");
  }

  @Test
  void aCordonedHostThatIsNotThereIsStillListed() throws IOException {
    post("/hosts/z/cordon", ANN);
    HostDocument host = get("/hosts/z", HostDocument.class);
    assertThat(host.session()).isFalse();
    assertThat(host.cordon()).isNotNull();
    FakeExchange unknown = send("GET", "/hosts/y", "");
    assertThat(unknown.getResponseCode()).isEqualTo(404);
    assertThat(Json.read(unknown.answer(), FaultDocument.class).sentence())
        .contains("'y'", "nilctl host list");
  }

  @Test
  void aDrainIsAnOperationThatTellsWhatIsLeft() throws IOException {
    cluster.add("web", PlacementState.RUNNING);
    FakeExchange asked = post("/hosts/a/drain", "{\"parallel\": 3, \"force\": true}");
    assertThat(asked.getResponseCode()).isEqualTo(202);
    assertThat(cluster.asked).contains("drain a 3 by force");
    String location = asked.getResponseHeaders().getFirst("Location");
    OperationDocument drain = get(location, OperationDocument.class);
    assertThat(drain.host()).isEqualTo("a");
    assertThat(drain.left())
        .containsExactly(new DrainStepDocument("web", "OWNER", "WAITING", "moves to host b"));
    assertThat(get("/hosts/a", HostDocument.class).left()).isEqualTo(drain.left());

    FakeExchange cancelled = post(location + "/cancel", ANN);
    assertThat(Json.read(cancelled.answer(), OperationDocument.class).detail())
        .isEqualTo("cancelled by ann");
    assertThat(get(location, OperationDocument.class).left()).isEmpty();
  }

  @Test
  void aDrainHasDefaults() throws IOException {
    post("/hosts/a/drain", "");
    assertThat(cluster.asked).contains("drain a 2");
  }

  @Test
  void aPauseIsSeenOnTheGuestsItHoldsFor() throws IOException {
    cluster.add("db", PlacementState.RUNNING);
    cluster.add("web", PlacementState.RUNNING);
    assertThat(post("/vms/web/pause", ANN).getResponseCode()).isEqualTo(200);
    assertThat(get("/vms/web", GuestDocument.class).pause().vm()).isEqualTo("web");
    assertThat(get("/vms/db", GuestDocument.class).pause()).isNull();
    assertThat(get("/cluster", ClusterDocument.class).pausedGuests()).isEqualTo(1);

    assertThat(post("/pause", ANN).getResponseCode()).isEqualTo(200);
    ClusterDocument all = get("/cluster", ClusterDocument.class);
    assertThat(all.pausedGuests()).isEqualTo(2);
    assertThat(all.pause().sentence()).contains("by ann: new firmware", "'nilctl resume'");
    assertThat(get("/vms", GuestDocument[].class)).allMatch(guest -> guest.pause() != null);

    assertThat(post("/resume", "").getResponseCode()).isEqualTo(200);
    assertThat(post("/vms/web/resume", "").getResponseCode()).isEqualTo(200);
    assertThat(get("/cluster", ClusterDocument.class).pausedGuests()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "{",
        "{\"parallel\": \"many\"}",
        "{\"by\": \"\"}",
        "{\"reason\": \"a\\nb\"}"
      })
  void aWrongOrderIsRefusedBeforeAnythingIsDone(String body) throws IOException {
    FakeExchange exchange = post("/hosts/a/drain", body);
    assertThat(exchange.getResponseCode()).isEqualTo(400);
    assertThat(Json.read(exchange.answer(), FaultDocument.class).sentence())
        .contains("order", "expected");
    assertThat(cluster.asked).isEmpty();
  }
}
