package org.nilmigration.daemon.api;

import java.util.Map;

/**
 * A request that takes its time.
 *
 * @param id names it under {@code /operations}
 * @param type MIGRATE
 * @param vm the guest
 * @param to the host that shall run it
 * @param state PENDING, RUNNING, DONE, FAILED or CANCELLED
 * @param detail one sentence on the state, null when there is nothing to say
 * @param exitCode exit code for a program that waited for it, null until it has ended
 * @param timingsMillis durations of its steps
 */
public record OperationDocument(
    String id,
    String type,
    String vm,
    String to,
    String state,
    String detail,
    Integer exitCode,
    Map<String, Double> timingsMillis) {

  /** Whether it will not change any more. */
  public boolean ended() {
    return !state.equals("PENDING") && !state.equals("RUNNING");
  }
}
