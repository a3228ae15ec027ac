package org.nilmigration.failover.fencing;

/** An armed watchdog: the host is reset a timeout after it was fed last. One thread. */
interface WatchdogDevice {
  /** Asks for a timeout; the driver may take another. */
  void timeout(int seconds);

  /** The timeout that counts, in seconds. */
  int timeout();

  void keepAlive();

  /** Stops it, where the driver lets it be stopped, and closes it. */
  void disarm();
}
