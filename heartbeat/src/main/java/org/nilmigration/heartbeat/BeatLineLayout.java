package org.nilmigration.heartbeat;

/**
 * The beat line: one cache line of 64 bytes, little-endian, written by its host alone.
 *
 * <pre>
 *   0        8        16             24            32         40             64
 *   +--------+--------+--------------+-------------+----------+--------------+
 *   | incar- | beat   | monotonic ns | interval ns | lease ns | reserved,    |
 *   | nation | count  | of the beat  | promised    |          | zero         |
 *   +--------+--------+--------------+-------------+----------+--------------+
 * </pre>
 *
 * <p>{@code incarnation} 0 means that nobody beats here yet. It is published (release) after the
 * other words of a new incarnation; {@code beat count} is published (release) after the time of
 * that beat and after {@code lease}, which is 0 until the daemon ends and leaves its guests
 * running: then the next run is expected back within that time of the last beat.
 */
final class BeatLineLayout {
  static final int BYTES = 64;

  static final int INCARNATION_OFFSET = 0;
  static final int COUNTER_OFFSET = 8;
  static final int MONOTONIC_NANOS_OFFSET = 16;
  static final int INTERVAL_NANOS_OFFSET = 24;
  static final int LEASE_NANOS_OFFSET = 32;
  static final int RESERVED_OFFSET = 40;

  private BeatLineLayout() {}
}
