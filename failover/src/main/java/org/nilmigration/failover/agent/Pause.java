package org.nilmigration.failover.agent;

/** Waiting that ends early, not with an exception, when interrupted. */
final class Pause {
  private Pause() {}

  static void millis(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
