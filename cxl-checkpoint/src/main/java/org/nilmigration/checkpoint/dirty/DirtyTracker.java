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
   * <p>Pages that are written between most calls may be left unarmed, so that their writer need not
   * fault each time: they are reported by every call, written or not, until they are armed again.
   *
   * @throws org.nilmigration.config.FaultException when the tracked process is gone or the kernel
   *     refuses
   */
  void collect(PageRuns into);

  /**
   * A look between two calls of {@link #collect}, so that the second has less to tell: the same,
   * but it leaves out the pages that are not armed.
   */
  default void collectEarly(PageRuns into) {
    collect(into);
  }

  /** Bytes of pages in what the last {@link #collect} appended that had not been armed. */
  default long unarmedBytes() {
    return 0;
  }

  /** Mechanism, for logs and status: for example {@code userfaultfd-wp}. */
  String name();

  /** Takes tracking back; harmless when the tracked process is gone. Idempotent. */
  @Override
  void close();
}
