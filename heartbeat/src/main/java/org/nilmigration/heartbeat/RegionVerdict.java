package org.nilmigration.heartbeat;

/**
 * What the beat line says about one incarnation of a host, with the evidence.
 *
 * @param ageNanos watched time since the counter last moved; time in which the watcher itself was
 *     stalled does not count
 * @param thresholdNanos the age at which this host is held for dead, adapted to the jitter seen
 * @param lastCounter the last counter seen of this incarnation
 * @param incarnation the one judged
 * @param reason which rule led to the verdict, a phrase without numbers
 */
public record RegionVerdict(
    Liveness liveness,
    long ageNanos,
    long thresholdNanos,
    long lastCounter,
    long incarnation,
    String reason) {

  /** Verdict and evidence in one line, for logs and failover records. */
  public String sentence() {
    return "%s: %s (no new beat for %.1f ms, threshold %.1f ms, last beat %d, incarnation %d)"
        .formatted(
            liveness, reason, ageNanos / 1e6, thresholdNanos / 1e6, lastCounter, incarnation);
  }
}
