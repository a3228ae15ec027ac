package org.nilmigration.config;

import java.time.Duration;

/**
 * How a host shows that it lives, and how soon its silence is believed.
 *
 * @param interval between two beats, 1 ms to 1 s
 * @param suspectAfter silence after which a host is suspected, 20 ms to 60 s and at least four
 *     intervals; the detector may wait longer where beats were seen to jitter
 * @param lease how long others wait for the next run of a daemon that ended and left its guests
 *     running, 1 s to 5 min
 */
public record HeartbeatConfig(Duration interval, Duration suspectAfter, Duration lease) {
  public static final HeartbeatConfig DEFAULT =
      new HeartbeatConfig(Duration.ofMillis(5), Duration.ofMillis(150), Duration.ofSeconds(15));

  public HeartbeatConfig {
    Rules.BEAT_INTERVAL.require("heartbeat.interval", interval);
    Rules.SUSPECT_AFTER.require("heartbeat.suspectAfter", suspectAfter);
    Rules.suspectsAfterFourBeats(interval).require("heartbeat.suspectAfter", suspectAfter);
    Rules.LEASE.require("heartbeat.lease", lease);
  }
}
