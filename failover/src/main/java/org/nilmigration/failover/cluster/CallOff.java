package org.nilmigration.failover.cluster;

import java.util.Objects;
import org.nilmigration.config.FaultKind;

/**
 * Why an operation is not to go on.
 *
 * @param why completes "the operation was given up: ..."
 * @param fault null when a person called it off
 */
public record CallOff(String why, FaultKind fault) {
  public CallOff {
    Objects.requireNonNull(why, "why");
  }

  /** The operation's end; the sentence says where the guest is. */
  public Operation end(Operation operation, String sentence) {
    return fault == null
        ? operation.cancelled(sentence)
        : operation.failed(sentence, fault.exitCode());
  }
}
