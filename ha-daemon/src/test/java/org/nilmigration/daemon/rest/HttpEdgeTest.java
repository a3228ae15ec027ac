package org.nilmigration.daemon.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.daemon.api.ClusterDocument;
import org.nilmigration.daemon.api.FaultDocument;
import org.nilmigration.daemon.api.GuestDocument;
import org.nilmigration.daemon.api.HistoryDocument;
import org.nilmigration.daemon.api.HostDocument;
import org.nilmigration.daemon.api.Json;
import org.nilmigration.daemon.api.NicDocument;
import org.nilmigration.daemon.api.OperationDocument;
import org.nilmigration.daemon.metrics.Metrics;
import org.nilmigration.failover.cluster.HistoryKind;
import org.nilmigration.failover.cluster.HistoryRecord;
import org.nilmigration.failover.placement.PlacementState;

/** The REST interface from request to answer, against a cluster in memory. */
class HttpEdgeTest {
  private static final String TOKEN = "a-token-of-more-than-thirty-two-characters";

  private final FakeCluster cluster = new FakeCluster();
  private final Resources resources = new Resources("lab", cluster, cluster::status, new Metrics());
  private final HttpEdge edge =
      new HttpEdge(new Router(resources.routes()), new BearerToken(TOKEN), new Metrics());

  private FakeExchange send(String method, String uri, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    FakeExchange exchange =
        new FakeExchange(method, uri, bytes).with("Authorization", "Bearer " + TOKEN);
    edge.handle(exchange);
    return exchange;
  }

  private FakeExchange get(String uri) throws IOException {
    return send("GET", uri, "");
  }

  private static FaultDocument fault(FakeExchange exchange) {
    return Json.read(exchange.answer(), FaultDocument.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Bearer", "Bearer ", "Bearer wrong", "Basic " + TOKEN, TOKEN})
  void nothingIsDoneWithoutTheToken(String authorization) throws IOException {
    for (Router.Route route : resources.routes()) {
      FakeExchange exchange =
          new FakeExchange(route.method(), route.template().replaceAll("[{}]", ""), new byte[0])
              .with("Authorization", authorization);
      edge.handle(exchange);
      boolean open = List.of("/liveness", "/readiness", "/openapi.yaml").contains(route.template());
      assertThat(exchange.getResponseCode())
          .as(route.method() + " " + route.template())
          .isEqualTo(open ? 200 : 401);
    }
    assertThat(cluster.asked).isEmpty();
  }

  @Test
  void aPathThatDoesNotExistIsNotToldToStrangers() throws IOException {
    FakeExchange exchange = new FakeExchange("GET", "/nothing", new byte[0]);
    edge.handle(exchange);
    assertThat(exchange.getResponseCode()).isEqualTo(401);
    assertThat(get("/nothing").getResponseCode()).isEqualTo(404);
  }

  @Test
  void aMethodThatAPathDoesNotKnowNamesThoseItKnows() throws IOException {
    FakeExchange exchange = send("POST", "/vms/web", "");
    assertThat(exchange.getResponseCode()).isEqualTo(405);
    assertThat(exchange.getResponseHeaders().getFirst("Allow")).isEqualTo("DELETE, GET, PUT");
  }

  @Test
  void aLargeBodyIsRefusedBeforeItIsLookedAt() throws IOException {
    char[] large = new char[HttpEdge.BODY_BYTES_MAX + 1];
    Arrays.fill(large, ' ');
    FakeExchange exchange = send("PUT", "/vms/web", new String(large));
    assertThat(exchange.getResponseCode()).isEqualTo(413);
    assertThat(cluster.asked).isEmpty();
  }

  @Test
  void aBodyThatIsNoTextIsRefused() throws IOException {
    FakeExchange exchange =
        new FakeExchange("PUT", "/vms/web", new byte[] {(byte) 0xff, (byte) 0xfe})
            .with("Authorization", "Bearer " + TOKEN);
    edge.handle(exchange);
    assertThat(exchange.getResponseCode()).isEqualTo(400);
    assertThat(fault(exchange).sentence()).contains("UTF-8");
  }

  @ParameterizedTest
  @EnumSource(FaultKind.class)
  void everyKindOfFaultHasItsStatusAndIsToldByName(FaultKind kind) throws IOException {
    cluster.fault = new FaultException(kind, "what, where, found, expected");
    FakeExchange exchange = get("/vms");
    assertThat(exchange.getResponseCode()).isEqualTo(Response.status(kind)).isBetween(400, 599);
    assertThat(fault(exchange)).isEqualTo(FaultDocument.of(kind, "what, where, found, expected"));
  }

  @Test
  void aBugIsAnsweredWithoutItsStackTrace() throws IOException {
    HttpEdge broken =
        new HttpEdge(
            new Router(
                List.of(
                    new Router.Route(
                        "GET",
                        "/x",
                        true,
                        request -> {
                          throw new IllegalStateException("broken");
                        }))),
            new BearerToken(TOKEN),
            new Metrics());
    FakeExchange exchange = new FakeExchange("GET", "/x", new byte[0]);
    broken.handle(exchange);
    assertThat(exchange.getResponseCode()).isEqualTo(500);
    assertThat(fault(exchange).sentence()).contains("broken").doesNotContain("HttpEdge");
  }

  @Test
  void readinessFollowsZooKeeper() throws IOException {
    assertThat(get("/readiness").getResponseCode()).isEqualTo(200);
    cluster.zookeeper = false;
    FakeExchange exchange = get("/readiness");
    assertThat(exchange.getResponseCode()).isEqualTo(503);
    assertThat(fault(exchange).kind()).isEqualTo("NO_QUORUM");
    assertThat(get("/liveness").getResponseCode()).isEqualTo(200);
  }

  @Test
  void theClusterIsCounted() throws IOException {
    cluster.add("db", PlacementState.STOPPED);
    cluster.add("web", PlacementState.RUNNING);
    ClusterDocument document = Json.read(get("/cluster").answer(), ClusterDocument.class);
    assertThat(document.hosts()).isEqualTo(2);
    assertThat(document.guests()).isEqualTo(2);
    assertThat(document.running()).isEqualTo(1);
    assertThat(document.protectedGuests()).isEqualTo(1);
  }

  @Test
  void hostsAreSeenOnBothChannels() throws IOException {
    cluster.add("web", PlacementState.RUNNING);
    HostDocument[] hosts = Json.read(get("/hosts").answer(), HostDocument[].class);
    assertThat(hosts).extracting(HostDocument::name).containsExactly("a", "b");
    assertThat(hosts[0].self()).isTrue();
    assertThat(hosts[0].owns()).containsExactly("web");
    assertThat(hosts[1].session()).isTrue();
    assertThat(hosts[1].heartbeat()).isEqualTo("ALIVE");
    assertThat(hosts[1].heartbeatAgeMillis()).isEqualTo(3.0);
    assertThat(hosts[1].standsBy()).containsExactly("web");
  }

  @Test
  void aGuestIsAppliedAndShown() throws IOException {
    FakeExchange applied = send("PUT", "/vms/web", FakeCluster.yaml("web"));
    assertThat(applied.getResponseCode()).isEqualTo(200);
    GuestDocument guest = Json.read(get("/vms/web").answer(), GuestDocument.class);
    assertThat(guest.spec().memoryBytes()).isEqualTo(128L << 20);
    assertThat(guest.placement().owner()).isEqualTo("a");
    assertThat(guest.here().pauseP99Millis()).isEqualTo(4.25);
  }

  @Test
  void unsafeOutputIsForcedByTheQuery() throws IOException {
    String unsafe = FakeCluster.yaml("web") + FakeCluster.nics("immediate");
    FakeExchange refused = send("PUT", "/vms/web", unsafe);
    assertThat(refused.getResponseCode()).isEqualTo(409);
    assertThat(fault(refused).kind()).isEqualTo("UNSAFE");
    assertThat(send("PUT", "/vms/web?force=false", unsafe).getResponseCode()).isEqualTo(409);
    FakeExchange wrong = send("PUT", "/vms/web?force=yes", unsafe);
    assertThat(wrong.getResponseCode()).isEqualTo(400);
    assertThat(fault(wrong).sentence())
        .isEqualTo("PUT /vms/web: force: found 'yes', expected true or false; correct the query");
    assertThat(send("PUT", "/vms/web?force=true", unsafe).getResponseCode()).isEqualTo(200);
  }

  @Test
  void aGuestsNetworkIsShown() throws IOException {
    cluster.addSending("web", "commit");
    GuestDocument guest = Json.read(get("/vms/web").answer(), GuestDocument.class);
    assertThat(guest.spec().nics())
        .containsExactly(
            new NicDocument("br0", "web0", "52:54:00:00:00:01"),
            new NicDocument("br1", "web1", "52:54:00:00:00:02"));
    assertThat(guest.spec().output()).isEqualTo("commit");
    assertThat(guest.here().gate()).isEqualTo("HELD");
    assertThat(guest.here().releases()).isEqualTo(66);
  }

  @Test
  void aGuestUnderAnotherNameOrWithFaultsIsNotApplied() throws IOException {
    assertThat(send("PUT", "/vms/db", FakeCluster.yaml("web")).getResponseCode()).isEqualTo(400);
    FakeExchange faulty = send("PUT", "/vms/web", "name: web\nmemory: 1\nkernel: vmlinuz\n");
    assertThat(faulty.getResponseCode()).isEqualTo(422);
    assertThat(fault(faulty).sentence()).contains("request body:2:9", "request body:3:9");
    assertThat(cluster.asked).noneMatch(call -> call.startsWith("apply"));
  }

  @Test
  void guestsAreStartedStoppedAndRemoved() throws IOException {
    cluster.add("web", PlacementState.STOPPED);
    assertThat(send("POST", "/vms/web/start", "").getResponseCode()).isEqualTo(202);
    assertThat(send("POST", "/vms/web/stop", "").getResponseCode()).isEqualTo(202);
    assertThat(send("DELETE", "/vms/web", "").getResponseCode()).isEqualTo(202);
    assertThat(cluster.asked)
        .contains("desire web RUNNING", "desire web STOPPED", "desire web REMOVED");
    assertThat(send("POST", "/vms/web/start", "").getResponseCode()).isEqualTo(404);
    assertThat(get("/vms/web").getResponseCode()).isEqualTo(404);
  }

  @Test
  void anOperationIsAResource() throws IOException {
    FakeExchange submitted =
        send("POST", "/operations", "{\"type\": \"migrate\", \"vm\": \"web\", \"to\": \"b\"}");
    assertThat(submitted.getResponseCode()).isEqualTo(202);
    String location = submitted.getResponseHeaders().getFirst("Location");
    OperationDocument operation = Json.read(get(location).answer(), OperationDocument.class);
    assertThat(operation.state()).isEqualTo("PENDING");
    assertThat(operation.exitCode()).isNull();
    assertThat(get("/operations/op-9").getResponseCode()).isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''",
        "[]",
        "{",
        "{\"type\": \"migrate\"}",
        "{\"type\":\"decouple\",\"vm\":\"v\",\"recouple\":true}",
        "{\"type\":\"decouple\",\"vm\":\"v\",\"timeoutMillis\":0}",
        "{\"type\":\"x\",\"vm\":\"v\",\"to\":\"b\"}"
      })
  void aWrongOperationIsRefused(String body) throws IOException {
    FakeExchange exchange = send("POST", "/operations", body);
    assertThat(exchange.getResponseCode()).isEqualTo(400);
    assertThat(fault(exchange).sentence()).contains("POST /operations", "expected");
    assertThat(cluster.asked).isEmpty();
  }

  @Test
  void historyIsFilteredAndBounded() throws IOException {
    cluster.history.add(
        HistoryRecord.of(HistoryKind.TAKEOVER, "web", "a", "b", 4, "host a is gone")
            .with(70, Map.of("last", "1"), Map.of("resume", 12.5)));
    HistoryDocument[] records =
        Json.read(get("/history?vm=web&limit=7").answer(), HistoryDocument[].class);
    assertThat(cluster.asked).containsExactly("history web 7");
    assertThat(records).singleElement().extracting(HistoryDocument::epoch).isEqualTo(70L);
    assertThat(get("/history/rec-0000000001").getResponseCode()).isEqualTo(404);
    for (String wrong : List.of("0", "-1", "1001", "many")) {
      assertThat(get("/history?limit=" + wrong).getResponseCode()).isEqualTo(400);
    }
  }
}
