package org.nilmigration.migration.qemu;

import com.google.gson.JsonElement;
import java.util.Optional;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * QEMU's answer to one command: a value, or an error class and its description.
 *
 * @param value what the command returned, null after an error
 * @param errorClass QMP's error class, null after success
 * @param description QMP's error description, null after success
 */
record QmpReply(String command, JsonElement value, String errorClass, String description) {

  boolean failed() {
    return errorClass != null;
  }

  /** The value; an error is a fault of {@code who}. */
  JsonElement orThrow(String who) {
    Optional<FaultException> refusal = refusal(who);
    if (refusal.isPresent()) {
      throw refusal.get();
    }
    return value;
  }

  /** The error, when it is one, as a fault of {@code who}. */
  Optional<FaultException> refusal(String who) {
    return failed()
        ? Optional.of(
            new FaultException(
                FaultKind.ERROR,
                who
                    + " refused the command '"
                    + command
                    + "' with "
                    + errorClass
                    + ": "
                    + description
                    + "; expected QEMU 7.2 or newer with the options nild gave it, look at its log"
                    + " for what came before."))
        : Optional.empty();
  }
}
