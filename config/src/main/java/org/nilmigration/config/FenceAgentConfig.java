package org.nilmigration.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * A program that switches one host off, by the convention of ClusterLabs' fence agents: {@code
 * key=value} lines on standard input, the outcome in the exit code.
 *
 * @param agent absolute
 * @param parameters what it reads besides {@code action} and {@code nodename}; may hold secrets
 * @param timeout how long one call may take, 1 s to 10 min
 * @param attempts how often it is tried before the next agent, 1 to 10
 */
public record FenceAgentConfig(
    Path agent, Map<String, String> parameters, Duration timeout, int attempts) {
  static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(20);
  static final int DEFAULT_ATTEMPTS = 2;

  public FenceAgentConfig {
    Rules.ABSOLUTE.require("agent", agent);
    parameters = Collections.unmodifiableMap(new TreeMap<>(parameters));
    parameters.forEach((key, value) -> {
      Rules.FENCE_PARAMETER.require("parameters", key);
      Rules.FENCE_VALUE.require("parameters." + key, value);
    });
    Rules.FENCE_TIMEOUT.require("timeout", timeout);
    Rules.FENCE_ATTEMPTS.require("attempts", attempts);
  }

  /** The program's name without its folder. */
  public String name() {
    return agent.getFileName().toString();
  }

  /** Without the values of the parameters. */
  @Override
  public String toString() {
    return "%s%s, %d times, %s each".formatted(name(), parameters.keySet(), attempts, timeout);
  }
}
