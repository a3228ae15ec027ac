package org.nilmigration.daemon.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RouterTest {
  private static final Router.Handler NOTHING = request -> Response.json(Map.of());

  private final Router router =
      new Router(
          List.of(
              new Router.Route("GET", "/vms/{name}", false, NOTHING),
              new Router.Route("GET", "/vms/all", false, NOTHING),
              new Router.Route("POST", "/vms/{name}/start", false, NOTHING)));

  @Test
  void aNamedSegmentTakesWhatIsThere() {
    assertThat(router.find("GET", "/vms/web").orElseThrow().parameters())
        .containsExactly(Map.entry("name", "web"));
  }

  @Test
  void aLiteralWinsOverAName() {
    assertThat(router.find("GET", "/vms/all").orElseThrow().route().template())
        .isEqualTo("/vms/all");
  }

  @Test
  void morePathOrAnotherMethodDoesNotFit() {
    assertThat(router.find("GET", "/vms/web/start")).isEmpty();
    assertThat(router.find("POST", "/vms/web/start/now")).isEmpty();
    assertThat(router.find("GET", "/vms")).isEmpty();
    assertThat(router.find("GET", "/vms/")).isEmpty();
    assertThat(router.methods("/vms/web/start")).containsExactly("POST");
  }
}
