package org.nilmigration.daemon.api;

import java.util.Optional;
import org.nilmigration.config.FaultKind;

/**
 * Body of every answer that is not a success.
 *
 * @param kind name of a {@link FaultKind}
 * @param sentence what, where, found, expected, remedy
 */
public record FaultDocument(String kind, String sentence) {

  public static FaultDocument of(FaultKind kind, String sentence) {
    return new FaultDocument(kind.name(), sentence);
  }

  /** The kind, empty when a newer daemon names one that this version does not know. */
  public Optional<FaultKind> faultKind() {
    for (FaultKind known : FaultKind.values()) {
      if (known.name().equals(kind)) {
        return Optional.of(known);
      }
    }
    return Optional.empty();
  }
}
