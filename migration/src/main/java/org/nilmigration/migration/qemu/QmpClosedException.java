package org.nilmigration.migration.qemu;

/** The monitor socket ended: QEMU is gone, or about to be. Its owner turns this into a sentence. */
final class QmpClosedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  QmpClosedException(String message, Throwable cause) {
    super(message, cause);
  }
}
