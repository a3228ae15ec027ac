package org.nilmigration.config;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How this host switches others off.
 *
 * @param hosts agents by the name of the host, in the order in which they are tried
 */
public record FencingConfig(Map<String, List<FenceAgentConfig>> hosts) {
  public static final FencingConfig NONE = new FencingConfig(Map.of());

  public FencingConfig {
    Map<String, List<FenceAgentConfig>> copy = new TreeMap<>();
    hosts.forEach((host, agents) -> {
      Rules.HOST_NAME.require("fencing", host);
      copy.put(host, List.copyOf(agents));
    });
    hosts = Collections.unmodifiableMap(copy);
  }

  /** Empty where nothing can switch that host off. */
  public List<FenceAgentConfig> agents(String host) {
    return hosts.getOrDefault(host, List.of());
  }
}
