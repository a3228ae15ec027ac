package org.nilmigration.checkpoint.dirty;

/**
 * Tells which pages of a guest's memory were written. Used by one thread at a time. From the moment
 * the tracker exists, every page that is written is reported by the next {@link #collect}.
 */
public interface DirtyTracker extends AutoCloseable {

  /**
   * Appends the pages written since the last call (since the tracker exists, for the first call)
   * and arms them again, atomically per page: a write that races with the call is reported by this
   * call or by the next one. So a page must be read after the call that reported it.
   *
   * @throws org.nilmigration.config.FaultException when the tracked process is gone or the kernel
   *     refuses
   */
  void collect(PageRuns into);

  /** Mechanism, for logs and status: for example {@code userfaultfd-wp}. */
  String name();

  /** Takes tracking back; harmless when the tracked process is gone. Idempotent. */
  @Override
  void close();
}
