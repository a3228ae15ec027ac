package org.nilmigration.daemon.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nilmigration.config.FaultKind;
import org.nilmigration.daemon.api.ClusterDocument;
import org.nilmigration.daemon.api.CordonDocument;
import org.nilmigration.daemon.api.DrainStepDocument;
import org.nilmigration.daemon.api.FaultDocument;
import org.nilmigration.daemon.api.GuestDocument;
import org.nilmigration.daemon.api.HistoryDocument;
import org.nilmigration.daemon.api.HostDocument;
import org.nilmigration.daemon.api.NicDocument;
import org.nilmigration.daemon.api.OperationDocument;
import org.nilmigration.daemon.api.OrderRequest;
import org.nilmigration.daemon.api.PauseDocument;
import org.nilmigration.daemon.api.PlacementDocument;
import org.nilmigration.daemon.api.RoleDocument;
import org.nilmigration.daemon.api.SpecDocument;
import org.nilmigration.daemon.metrics.Metrics;
import org.nilmigration.failover.cluster.DrainPlan;
import org.nilmigration.failover.cluster.HistoryKind;
import org.nilmigration.failover.cluster.OperationState;
import org.nilmigration.failover.cluster.OperationType;
import org.nilmigration.failover.placement.PlacementState;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The served description says what the code does: routes, fields, names. */
class OpenApiTest {
  private final Map<String, Object> document = load();

  private static Map<String, Object> load() {
    try (InputStream text = Resources.class.getResourceAsStream("openapi.yaml")) {
      return map(new Load(LoadSettings.builder().build()).loadFromInputStream(text));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object node) {
    return (Map<String, Object>) node;
  }

  private static Map<String, Object> at(Map<String, Object> from, String... keys) {
    Map<String, Object> node = from;
    for (String key : keys) {
      assertThat(node).containsKey(key);
      node = map(node.get(key));
    }
    return node;
  }

  @Test
  void everyRouteIsDescribedAndNoOther() {
    FakeCluster cluster = new FakeCluster();
    List<String> served =
        new Resources("lab", cluster, cluster::status, new Metrics())
            .routes().stream().map(route -> route.method() + " " + route.template()).toList();
    List<String> described = new ArrayList<>();
    at(document, "paths")
        .forEach((path, methods) ->
            map(methods).keySet().stream()
                .filter(method -> !method.equals("parameters"))
                .forEach(method -> described.add(method.toUpperCase(Locale.ROOT) + " " + path)));
    assertThat(described).containsExactlyInAnyOrderElementsOf(served);
  }

  @Test
  void everyDocumentHasItsFields() {
    Map<String, Object> schemas = at(document, "components", "schemas");
    assertFields(at(schemas, "Fault"), FaultDocument.class);
    assertFields(at(schemas, "Cluster"), ClusterDocument.class);
    assertFields(at(schemas, "Host"), HostDocument.class);
    assertFields(at(schemas, "Cordon"), CordonDocument.class);
    assertFields(at(schemas, "DrainStep"), DrainStepDocument.class);
    assertFields(at(schemas, "Pause"), PauseDocument.class);
    assertFields(
        at(
            document,
            "components",
            "requestBodies",
            "Order",
            "content",
            "application/json",
            "schema"),
        OrderRequest.class);
    assertFields(at(schemas, "Guest"), GuestDocument.class);
    assertFields(at(schemas, "Guest", "properties", "spec"), SpecDocument.class);
    assertFields(
        at(schemas, "Guest", "properties", "spec", "properties", "nics", "items"),
        NicDocument.class);
    assertFields(at(schemas, "Guest", "properties", "placement"), PlacementDocument.class);
    assertFields(at(schemas, "Guest", "properties", "here"), RoleDocument.class);
    assertFields(at(schemas, "Operation"), OperationDocument.class);
    assertFields(at(schemas, "History"), HistoryDocument.class);
  }

  private static void assertFields(Map<String, Object> schema, Class<?> type) {
    List<String> components =
        Arrays.stream(type.getRecordComponents()).map(RecordComponent::getName).toList();
    assertThat(at(schema, "properties").keySet())
        .as(type.getSimpleName())
        .containsExactlyElementsOf(components);
  }

  @Test
  void namesOfKindsAndStatesAreTheCodes() {
    Map<String, Object> schemas = at(document, "components", "schemas");
    assertEnum(at(schemas, "Fault", "properties", "kind"), FaultKind.values());
    assertEnum(at(schemas, "History", "properties", "kind"), HistoryKind.values());
    assertEnum(at(schemas, "Operation", "properties", "type"), OperationType.values());
    assertEnum(at(schemas, "Operation", "properties", "state"), OperationState.values());
    assertEnum(at(schemas, "DrainStep", "properties", "phase"), DrainPlan.Phase.values());
    assertEnum(
        at(schemas, "Guest", "properties", "placement", "properties", "state"),
        PlacementState.values());
  }

  private static void assertEnum(Map<String, Object> schema, Enum<?>[] values) {
    assertThat(schema.get("enum")).isEqualTo(Arrays.stream(values).map(Enum::name).toList());
  }
}
