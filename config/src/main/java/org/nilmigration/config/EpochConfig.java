package org.nilmigration.config;

import java.time.Duration;

/**
 * How often a guest is checkpointed. {@code outputInterval <= interval <= idleInterval}.
 *
 * @param interval how long a busy guest runs from one checkpoint to the next, 1 ms to 10 s
 * @param outputInterval the least it runs while something it sent waits for the checkpoint
 * @param idleInterval the most it runs while it sends nothing and writes next to no memory
 * @param log size of the ring between owner and standby, 4 MiB to 64 GiB, whole pages
 */
public record EpochConfig(
    Duration interval, Duration outputInterval, Duration idleInterval, ByteSize log) {
  public static final EpochConfig DEFAULT =
      new EpochConfig(
          Duration.ofMillis(25), Duration.ofMillis(5), Duration.ofMillis(100), ByteSize.ofMiB(64));

  public EpochConfig {
    Rules.EPOCH_INTERVAL.require("epoch.interval", interval);
    Rules.OUTPUT_INTERVAL.require("epoch.outputInterval", outputInterval);
    Rules.IDLE_INTERVAL.require("epoch.idleInterval", idleInterval);
    Rules.atMostInterval(interval).require("epoch.outputInterval", outputInterval);
    Rules.atLeastInterval(interval).require("epoch.idleInterval", idleInterval);
    Rules.EPOCH_LOG.require("epoch.log", log);
  }
}
