package org.nilmigration.failover.agent;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Grows the pause after each failure with the same key, up to a maximum. Any thread. */
final class Backoff {
  private record Pause(long untilNanos, long nanos) {}

  private final long firstNanos;
  private final long maxNanos;
  private final Map<String, Pause> pauses = new ConcurrentHashMap<>();

  Backoff(Duration first, Duration max) {
    this.firstNanos = first.toNanos();
    this.maxNanos = max.toNanos();
  }

  /** Doubles the key's pause and begins it now. */
  void failed(String key, long nowNanos) {
    pauses.compute(
        key,
        (k, before) -> {
          long nanos = before == null ? firstNanos : Math.min(before.nanos() * 2, maxNanos);
          return new Pause(nowNanos + nanos, nanos);
        });
  }

  void succeeded(String key) {
    pauses.remove(key);
  }

  /** True while the key's pause lasts. */
  boolean pausing(String key, long nowNanos) {
    Pause pause = pauses.get(key);
    return pause != null && pause.untilNanos() - nowNanos > 0;
  }
}
