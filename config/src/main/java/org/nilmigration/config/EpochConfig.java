package org.nilmigration.config;

import java.time.Duration;

/**
 * How often a guest is checkpointed.
 *
 * @param interval from the start of one epoch to the start of the next, 1 ms to 10 s
 * @param log size of the ring between owner and standby, 4 MiB to 64 GiB, whole pages
 */
public record EpochConfig(Duration interval, ByteSize log) {
  public static final EpochConfig DEFAULT =
      new EpochConfig(Duration.ofMillis(25), ByteSize.ofMiB(64));

  public EpochConfig {
    Rules.EPOCH_INTERVAL.require("epoch.interval", interval);
    Rules.EPOCH_LOG.require("epoch.log", log);
  }
}
