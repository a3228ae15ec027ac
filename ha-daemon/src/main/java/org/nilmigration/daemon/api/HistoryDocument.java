package org.nilmigration.daemon.api;

import java.util.Map;

/**
 * One thing that happened to a guest, a host or the cluster.
 *
 * @param id names the record
 * @param kind START, TAKEOVER, SWITCHOVER, PAIRED, SYNCED, UNPAIRED, STOP, FAULT, COLD_START,
 *     FORCED, CORDONED, UNCORDONED, DRAIN, DRAINED, FENCED, FENCE_FAILED, CONFIRMED_DEAD, PAUSED or
 *     RESUMED
 * @param vm the guest, null where a host or the cluster is meant
 * @param from host that had it before, null when none had; the host where one is meant
 * @param to host that has it afterwards, null when none has
 * @param generation generation afterwards
 * @param epoch epoch that it went on from
 * @param at time of the record, ISO 8601 in UTC
 * @param cause one sentence
 * @param evidence what the decision rested on
 * @param timingsMillis durations of the steps
 */
public record HistoryDocument(
    String id,
    String kind,
    String vm,
    String from,
    String to,
    long generation,
    long epoch,
    String at,
    String cause,
    Map<String, String> evidence,
    Map<String, Double> timingsMillis) {}
