package org.nilmigration.failover.cluster;

import java.util.Map;
import java.util.Objects;

/**
 * One asynchronous operation, a znode under {@code operations/}.
 *
 * @param id name of the znode, such as {@code op-0000000007}
 * @param vm the guest, null where the type has none
 * @param host the host it is about, null where the type has none
 * @param to target host, null where the type has none
 * @param detail one sentence once it ended; before, how far it is, or null
 * @param exitCode process exit code that goes with the end (0 = done), see FaultKind
 * @param timings milliseconds by name, empty before the end
 */
public record Operation(
    String id,
    OperationType type,
    String vm,
    String host,
    String to,
    OperationState state,
    String detail,
    int exitCode,
    Map<String, Double> timings) {

  public Operation {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(type, "type");
    Objects.requireNonNull(state, "state");
    timings = timings == null ? Map.of() : Map.copyOf(timings);
  }

  static Operation pending(OperationType type, String vm, String to) {
    return new Operation("", type, vm, null, to, OperationState.PENDING, null, 0, Map.of());
  }

  static Operation draining(String host) {
    return new Operation(
        "", OperationType.DRAIN, null, host, null, OperationState.RUNNING, null, 0, Map.of());
  }

  Operation cancelled(String sentence) {
    return new Operation(id, type, vm, host, to, OperationState.CANCELLED, sentence, 0, Map.of());
  }

  Operation named(String name) {
    return new Operation(name, type, vm, host, to, state, detail, exitCode, timings);
  }

  public Operation running() {
    return new Operation(id, type, vm, host, to, OperationState.RUNNING, null, 0, Map.of());
  }

  public Operation progress(String howFar) {
    return new Operation(id, type, vm, host, to, OperationState.RUNNING, howFar, 0, Map.of());
  }

  public Operation done(String sentence, Map<String, Double> millis) {
    return new Operation(id, type, vm, host, to, OperationState.DONE, sentence, 0, millis);
  }

  public Operation failed(String sentence, int code) {
    return new Operation(id, type, vm, host, to, OperationState.FAILED, sentence, code, Map.of());
  }
}
