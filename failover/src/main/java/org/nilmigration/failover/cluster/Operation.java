package org.nilmigration.failover.cluster;

import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;

/**
 * One asynchronous operation, a znode under {@code operations/}. It is its own journal: whoever
 * owns the guest carries it out from where it and the placement say it is.
 *
 * @param id name of the znode, such as {@code op-0000000007}
 * @param vm the guest, null where the type has none
 * @param host the host it is about, null where the type has none
 * @param to target host, null where the type has none
 * @param recouple whether the guest's memory moves into the target afterwards
 * @param timeoutMillis after so long it is given up; 0 = never
 * @param phase what was begun last, null before the first one
 * @param detail one sentence once it ended; before, how far it is, or null
 * @param exitCode process exit code that goes with the end (0 = done), see FaultKind
 * @param timings milliseconds by name, as far as they are known
 */
public record Operation(
    String id,
    OperationType type,
    String vm,
    String host,
    String to,
    boolean recouple,
    long timeoutMillis,
    OperationPhase phase,
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

  /**
   * Asks for a guest to run on another host.
   *
   * @param recouple whether its memory moves into that host afterwards
   * @param timeout after which it is given up; zero = never
   */
  public static Operation migrate(String vm, String to, boolean recouple, Duration timeout) {
    return asked(OperationType.MIGRATE, vm, null, to, recouple, timeout);
  }

  /**
   * Asks for a guest's memory to move, without the guest.
   *
   * @param type DECOUPLE or RECOUPLE
   * @param timeout after which it is given up; zero = never
   */
  public static Operation memory(OperationType type, String vm, Duration timeout) {
    return asked(type, vm, null, null, false, timeout);
  }

  private static Operation asked(
      OperationType type, String vm, String host, String to, boolean recouple, Duration timeout) {
    return new Operation(
        "",
        type,
        vm,
        host,
        to,
        recouple,
        timeout.toMillis(),
        null,
        OperationState.PENDING,
        null,
        0,
        Map.of());
  }

  static Operation draining(String host) {
    return asked(OperationType.DRAIN, null, host, null, false, Duration.ZERO)
        .with(null, OperationState.RUNNING, null, 0, Map.of());
  }

  private Operation with(
      OperationPhase next, OperationState now, String words, int code, Map<String, Double> millis) {
    return new Operation(
        id, type, vm, host, to, recouple, timeoutMillis, next, now, words, code, millis);
  }

  /** As it is called where it is kept. */
  public Operation named(String name) {
    return new Operation(
        name, type, vm, host, to, recouple, timeoutMillis, phase, state, detail, exitCode, timings);
  }

  /** A phase is begun. */
  public Operation running(OperationPhase begun) {
    return with(begun, OperationState.RUNNING, null, 0, timings);
  }

  public Operation progress(String howFar) {
    return with(phase, OperationState.RUNNING, howFar, 0, timings);
  }

  /** The guest runs where it was to run; its memory has yet to follow. */
  public Operation arrived(Map<String, Double> millis) {
    return with(OperationPhase.RECOUPLE, OperationState.RUNNING, null, 0, millis);
  }

  public Operation done(String sentence, Map<String, Double> millis) {
    return with(phase, OperationState.DONE, sentence, 0, millis);
  }

  public Operation failed(String sentence, int code) {
    return with(phase, OperationState.FAILED, sentence, code, timings);
  }

  /** Ended by people before its time. */
  public Operation cancelled(String sentence) {
    return with(phase, OperationState.CANCELLED, sentence, 0, timings);
  }

  /** Whether the handoff was begun, and who has the guest now tells how it ended. */
  public boolean handingOver() {
    return phase == OperationPhase.HANDOFF;
  }

  /** Of two states of one operation the one that was reached later. */
  static Operation later(Operation a, Operation b) {
    Comparator<OperationPhase> phases = Comparator.nullsFirst(Comparator.naturalOrder());
    Comparator<Operation> order =
        Comparator.comparing(Operation::state)
            .thenComparing(Comparator.comparing(Operation::phase, phases));
    return order.compare(a, b) > 0 ? a : b;
  }
}
