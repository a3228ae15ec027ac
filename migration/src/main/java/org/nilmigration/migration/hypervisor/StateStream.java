package org.nilmigration.migration.hypervisor;

import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;

/** A captured device state that comes piece by piece. Used by one thread. */
@FunctionalInterface
public interface StateStream {
  /**
   * The next piece: private memory, verified, valid until the next call. Waits for it, with a bound
   * of its own; empty once the state is complete.
   *
   * @param loaded asked while it waits: whoever loads the state has found its end, so that nothing
   *     is missing
   * @throws org.nilmigration.config.FaultException when no more will come
   */
  MemorySegment next(BooleanSupplier loaded);

  /** A state that is there as a whole. */
  static StateStream of(MemorySegment whole) {
    MemorySegment[] left = {whole};
    return loaded -> {
      MemorySegment piece = left[0];
      left[0] = MemorySegment.NULL;
      return piece;
    };
  }
}
