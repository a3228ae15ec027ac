package org.nilmigration.config;

import java.time.Duration;

/**
 * How a host shows that it lives, and how soon its silence is believed.
 *
 * @param interval between two beats, 1 ms to 1 s
 * @param suspectAfter silence after which a host is suspected, 20 ms to 60 s and at least four
 *     intervals; the detector may wait longer where beats were seen to jitter
 */
public record HeartbeatConfig(Duration interval, Duration suspectAfter) {
  public static final HeartbeatConfig DEFAULT =
      new HeartbeatConfig(Duration.ofMillis(5), Duration.ofMillis(150));

  public HeartbeatConfig {
    Rules.BEAT_INTERVAL.require("heartbeat.interval", interval);
    Rules.SUSPECT_AFTER.require("heartbeat.suspectAfter", suspectAfter);
    Rules.suspectsAfterFourBeats(interval).require("heartbeat.suspectAfter", suspectAfter);
  }
}
