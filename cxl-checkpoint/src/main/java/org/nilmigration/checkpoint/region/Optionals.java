package org.nilmigration.checkpoint.region;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/** Files that others are just making or removing are not there. */
final class Optionals {
  private Optionals() {}

  /** What {@code open} opens; empty when the file is gone, still empty, or not ready. */
  static <T> Optional<T> ready(Path file, Supplier<T> open) {
    if (!file.toFile().isFile() || file.toFile().length() == 0) {
      return Optional.empty();
    }
    try {
      return Optional.of(open.get());
    } catch (FaultException e) {
      if (e.kind() == FaultKind.TRY_AGAIN || e.kind() == FaultKind.NO_SUCH) {
        return Optional.empty();
      }
      throw e;
    }
  }
}
