package org.nilmigration.failover.agent;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Closes one thing after another, whatever the one before did. */
final class Closing {
  private static final Logger LOG = LoggerFactory.getLogger(Closing.class);

  private Closing() {}

  /** Closes in the given order; nulls are skipped, faults are logged. */
  static void all(AutoCloseable... things) {
    for (AutoCloseable thing : things) {
      try {
        if (thing != null) {
          thing.close();
        }
      } catch (Exception e) {
        if (e instanceof InterruptedException) {
          Thread.currentThread().interrupt();
        }
        LOG.warn("closing {} failed: {}", thing.getClass().getSimpleName(), e.toString());
      }
    }
  }
}
