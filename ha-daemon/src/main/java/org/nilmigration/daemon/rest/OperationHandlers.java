package org.nilmigration.daemon.rest;

import com.google.gson.JsonParseException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.daemon.api.HistoryDocument;
import org.nilmigration.daemon.api.Json;
import org.nilmigration.daemon.api.MovePlanDocument;
import org.nilmigration.daemon.api.OperationDocument;
import org.nilmigration.daemon.api.OperationRequest;
import org.nilmigration.failover.cluster.HistoryRecord;
import org.nilmigration.failover.cluster.MovePlan;
import org.nilmigration.failover.cluster.Operation;
import org.nilmigration.failover.cluster.OperationType;

/** What was asked for and takes its time, and what happened. */
final class OperationHandlers {
  private static final int HISTORY_DEFAULT = 50;
  private static final int HISTORY_MAX = 1_000;
  private static final long TIMEOUT_MILLIS_MAX = 24L * 60 * 60 * 1_000;

  private final ClusterPort cluster;

  OperationHandlers(ClusterPort cluster) {
    this.cluster = cluster;
  }

  Response list(Request request) {
    List<OperationDocument> operations =
        cluster.operations().stream().map(operation -> document(cluster, operation)).toList();
    return Response.json(operations);
  }

  Response show(Request request) {
    String id = request.parameter("id");
    Operation operation =
        cluster
            .operation(id)
            .orElseThrow(() ->
                new FaultException(
                    FaultKind.NO_SUCH,
                    "no operation is called '%s': GET /operations shows those that are there"
                        .formatted(id)));
    return Response.json(document(cluster, operation));
  }

  Response submit(Request request) {
    Operation operation = cluster.submit(asked(parse(request.body())));
    return Response.accepted("/operations/" + operation.id(), document(cluster, operation));
  }

  private static Operation asked(OperationRequest asked) {
    OperationType type = type(asked.type());
    boolean toHost = type == OperationType.MIGRATE;
    boolean recouple = Boolean.TRUE.equals(asked.recouple());
    if (asked.vm() == null || toHost != (asked.to() != null) || (recouple && !toHost)) {
      throw new FaultException(
          FaultKind.USAGE,
          "POST /operations: found vm %s, to %s and recouple %s, expected the name of a guest and %s"
              .formatted(
                  asked.vm(),
                  asked.to(),
                  recouple,
                  toHost ? "of a host" : "neither a host nor recouple"));
    }
    Duration timeout = timeout(asked.timeoutMillis());
    return toHost
        ? Operation.migrate(asked.vm(), asked.to(), recouple, timeout)
        : Operation.memory(type, asked.vm(), timeout);
  }

  private static Duration timeout(Long millis) {
    if (millis != null && (millis < 1 || millis > TIMEOUT_MILLIS_MAX)) {
      throw new FaultException(
          FaultKind.USAGE,
          "POST /operations: found timeoutMillis %d, expected 1 to %d, or none"
              .formatted(millis, TIMEOUT_MILLIS_MAX));
    }
    return millis == null ? Duration.ZERO : Duration.ofMillis(millis);
  }

  /** What a move would find, without moving anything. */
  Response plan(Request request) {
    String vm = request.parameter("name");
    String to =
        request
            .queried("to")
            .orElseThrow(() ->
                new FaultException(
                    FaultKind.USAGE,
                    "GET /vms/%s/move-plan: found no 'to', expected ?to=HOST".formatted(vm)));
    boolean recouple = request.queried("recouple").map(Boolean::parseBoolean).orElse(false);
    MovePlan plan = cluster.plan(vm, to, recouple);
    int exitCode =
        plan.checks().stream()
            .map(MovePlan.Check::fault)
            .filter(Objects::nonNull)
            .findFirst()
            .map(FaultKind::exitCode)
            .orElse(0);
    List<MovePlanDocument.Check> checks =
        plan.checks().stream()
            .map(c -> new MovePlanDocument.Check(c.name(), c.verdict().name(), c.text()))
            .toList();
    return Response.json(new MovePlanDocument(vm, to, plan.movable(), exitCode, checks));
  }

  private static OperationRequest parse(String body) {
    try {
      OperationRequest asked = Json.read(body, OperationRequest.class);
      if (asked != null) {
        return asked;
      }
    } catch (JsonParseException e) {
      throw new FaultException(FaultKind.USAGE, wrongBody(e.getMessage()), e);
    }
    throw new FaultException(FaultKind.USAGE, wrongBody("an empty body"));
  }

  private static String wrongBody(String found) {
    return "POST /operations: found %s, expected {\"type\": \"migrate\", \"vm\": NAME, \"to\": HOST} or, without \"to\", a type of decouple or recouple"
        .formatted(found);
  }

  private static OperationType type(String name) {
    return switch (name == null ? "" : name) {
      case "migrate" -> OperationType.MIGRATE;
      case "decouple" -> OperationType.DECOUPLE;
      case "recouple" -> OperationType.RECOUPLE;
      default -> throw unknownType(name);
    };
  }

  private static FaultException unknownType(String name) {
    return new FaultException(
        FaultKind.USAGE,
        "POST /operations: found type '%s', expected 'migrate', 'decouple' or 'recouple'; a drain is asked for with POST /hosts/NAME/drain"
            .formatted(name));
  }

  Response history(Request request) {
    int limit = request.queried("limit").map(OperationHandlers::limit).orElse(HISTORY_DEFAULT);
    List<HistoryDocument> records =
        cluster.history(request.queried("vm").orElse(null), limit).stream()
            .map(OperationHandlers::document)
            .toList();
    return Response.json(records);
  }

  Response record(Request request) {
    String id = request.parameter("id");
    HistoryRecord record =
        cluster
            .historyRecord(id)
            .orElseThrow(() ->
                new FaultException(
                    FaultKind.NO_SUCH,
                    "no record is called '%s': GET /history shows those that are kept"
                        .formatted(id)));
    return Response.json(document(record));
  }

  private static int limit(String text) {
    try {
      int limit = Integer.parseInt(text);
      if (limit >= 1 && limit <= HISTORY_MAX) {
        return limit;
      }
    } catch (NumberFormatException notANumber) {
      throw wrongLimit(text, notANumber);
    }
    throw wrongLimit(text, null);
  }

  private static FaultException wrongLimit(String text, Exception cause) {
    return new FaultException(
        FaultKind.USAGE,
        "GET /history: found limit '%s', expected 1 to %d".formatted(text, HISTORY_MAX),
        cause);
  }

  Response cancel(Request request) {
    Operation ended = cluster.cancel(request.parameter("id"), Orders.signed(request));
    return Response.json(document(cluster, ended));
  }

  static OperationDocument document(ClusterPort cluster, Operation operation) {
    boolean drains = operation.type() == OperationType.DRAIN && !operation.state().ended();
    return new OperationDocument(
        operation.id(),
        operation.type().name(),
        operation.vm(),
        operation.host(),
        operation.to(),
        operation.recouple(),
        operation.phase() == null ? null : operation.phase().name(),
        operation.state().name(),
        operation.detail(),
        operation.state().ended() ? operation.exitCode() : null,
        operation.timings(),
        drains ? Orders.left(cluster, operation.host()) : List.of());
  }

  private static HistoryDocument document(HistoryRecord record) {
    return new HistoryDocument(
        record.id(),
        record.kind(),
        record.vm(),
        record.from(),
        record.to(),
        record.generation(),
        record.epoch(),
        record.at().toString(),
        record.cause(),
        record.evidence(),
        record.timingsMillis());
  }
}
