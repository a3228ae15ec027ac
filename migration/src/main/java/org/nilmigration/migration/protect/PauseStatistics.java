package org.nilmigration.migration.protect;

/**
 * Distribution of the epoch pauses, stop of the guest to its run, in milliseconds.
 *
 * @param count pauses measured
 * @param p50Millis median
 * @param p99Millis 99th percentile
 * @param maxMillis longest
 */
public record PauseStatistics(long count, double p50Millis, double p99Millis, double maxMillis) {}
