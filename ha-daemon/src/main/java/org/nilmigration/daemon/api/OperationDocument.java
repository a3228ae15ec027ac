package org.nilmigration.daemon.api;

import java.util.List;
import java.util.Map;

/**
 * A request that takes its time.
 *
 * @param id names it under {@code /operations}
 * @param type MIGRATE, DECOUPLE, RECOUPLE or DRAIN
 * @param vm the guest, null for a DRAIN
 * @param host the host that is drained, else null
 * @param to the host that shall run it, null unless it is a MIGRATE
 * @param recouple whether the guest's memory moves into that host afterwards
 * @param phase DECOUPLE, HANDOFF or RECOUPLE: what was begun last, null before and for a DRAIN
 * @param state PENDING, RUNNING, DONE, FAILED or CANCELLED
 * @param detail one sentence on the state, null when there is nothing to say
 * @param exitCode exit code for a program that waited for it, null until it has ended
 * @param timingsMillis durations of its steps
 * @param left what a DRAIN has left to do, empty for others and once it has ended
 */
public record OperationDocument(
    String id,
    String type,
    String vm,
    String host,
    String to,
    boolean recouple,
    String phase,
    String state,
    String detail,
    Integer exitCode,
    Map<String, Double> timingsMillis,
    List<DrainStepDocument> left) {

  /** Whether it will not change any more. */
  public boolean ended() {
    return !state.equals("PENDING") && !state.equals("RUNNING");
  }
}
