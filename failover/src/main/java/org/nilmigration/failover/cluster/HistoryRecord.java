package org.nilmigration.failover.cluster;

import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * One thing that happened, a znode under {@code history/}.
 *
 * @param id name of the znode, such as {@code rec-0000000012}
 * @param kind a name of {@link HistoryKind}
 * @param vm the guest, null where a host or the cluster is meant
 * @param from owner before, null where nobody was; the host where one is meant
 * @param to owner (or standby, for PAIRED, SYNCED, UNPAIRED) after, null where nobody is
 * @param generation generation after it
 * @param epoch last epoch that counted, 0 where none did
 * @param cause one sentence
 * @param evidence what the decision saw; times in nanoseconds of CLOCK_MONOTONIC
 * @param timingsMillis how long its parts took
 */
public record HistoryRecord(
    String id,
    String kind,
    String vm,
    String from,
    String to,
    long generation,
    long epoch,
    Instant at,
    String cause,
    Map<String, String> evidence,
    Map<String, Double> timingsMillis) {

  static final Pattern ID = Pattern.compile("rec-[0-9]{10}");

  public HistoryRecord {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(at, "at");
    HistoryKind.valueOf(kind);
    evidence = sorted(evidence);
    timingsMillis = sorted(timingsMillis);
  }

  /** A record that is not stored yet; its id is given by the store. */
  public static HistoryRecord of(
      HistoryKind kind, String vm, String from, String to, long generation, String cause) {
    return new HistoryRecord(
        "", kind.name(), vm, from, to, generation, 0, Instant.now(), cause, Map.of(), Map.of());
  }

  public HistoryRecord with(long lastEpoch, Map<String, String> seen, Map<String, Double> millis) {
    return new HistoryRecord(
        id, kind, vm, from, to, generation, lastEpoch, at, cause, seen, millis);
  }

  private static <V> Map<String, V> sorted(Map<String, V> given) {
    return given == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(given));
  }

  HistoryRecord named(String name) {
    return new HistoryRecord(
        name, kind, vm, from, to, generation, epoch, at, cause, evidence, timingsMillis);
  }
}
