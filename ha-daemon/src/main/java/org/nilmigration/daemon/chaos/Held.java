package org.nilmigration.daemon.chaos;

import java.util.List;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/** What must hold, else the scenario ends. */
final class Held {
  private Held() {}

  /**
   * @param faults one sentence for each thing that did not hold
   * @throws FaultException ERROR with these sentences, when there are any
   */
  static void require(List<String> faults) {
    if (!faults.isEmpty()) {
      throw new FaultException(FaultKind.ERROR, String.join("; ", faults));
    }
  }
}
