package org.nilmigration.config;

import java.time.Duration;

/**
 * What holds takeovers back that rest on silent beats alone, while the owner's ZooKeeper session
 * still lives.
 *
 * @param grace how long a host that has just started takes nothing over, 0 to 10 min
 * @param cooldown how long a guest that was taken over is left where it is, 0 to 1 h
 * @param hostsPerMinute how many hosts it may depose within a minute that turn out not to have
 *     crashed, 1 to 1000
 */
public record TakeoverConfig(Duration grace, Duration cooldown, int hostsPerMinute) {
  public static final TakeoverConfig DEFAULT =
      new TakeoverConfig(Duration.ofSeconds(2), Duration.ofSeconds(2), 3);

  public TakeoverConfig {
    Rules.GRACE.require("takeover.grace", grace);
    Rules.COOLDOWN.require("takeover.cooldown", cooldown);
    Rules.HOSTS_PER_MINUTE.require("takeover.hostsPerMinute", hostsPerMinute);
  }
}
