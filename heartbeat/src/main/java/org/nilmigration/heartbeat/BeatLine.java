package org.nilmigration.heartbeat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * View of a host's beat line, laid out as {@link BeatLineLayout} says. One thread of the owning
 * host writes; any thread of any host reads. The view lives no longer than the segment's mapping.
 */
public final class BeatLine {
  public static final int BYTES = BeatLineLayout.BYTES;

  private static final VarHandle U64 =
      ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

  private final MemorySegment line;
  private final Runnable written;

  /** As the other one, for readers, and for memory that goes with the host. */
  public BeatLine(MemorySegment line64) {
    this(line64, () -> {});
  }

  /**
   * @param line64 exactly one cache line: 64 bytes, and 64-byte aligned when it is native memory
   * @param written called by the writer after each change, to flush it from this host's caches
   * @throws IllegalArgumentException when it is not
   */
  public BeatLine(MemorySegment line64, Runnable written) {
    if (line64.byteSize() != BYTES) {
      throw new IllegalArgumentException(
          "beat line: found " + line64.byteSize() + " bytes, expected " + BYTES);
    }
    if (line64.isNative() && line64.address() % BYTES != 0) {
      throw new IllegalArgumentException(
          "beat line: found address 0x%x, expected a multiple of %d"
              .formatted(line64.address(), BYTES));
    }
    this.line = line64;
    this.written = written;
  }

  /**
   * One look at a line.
   *
   * @param incarnation of the host that beats; 0 when nobody does yet
   * @param counter grows with each beat, starts at 0 with each incarnation
   * @param monotonicNanos CLOCK_MONOTONIC of the writing host at beat {@code counter} or a later
   *     one; means nothing on another machine's clock
   * @param intervalNanos the interval the writer promises
   * @param leaseNanos how long after its last beat the writer wants to be waited for, 0 = not at
   *     all
   */
  public record Beat(
      long incarnation, long counter, long monotonicNanos, long intervalNanos, long leaseNanos) {}

  /** Writer: begins a new incarnation at beat 0; the incarnation is published last. */
  public void start(long incarnation, long intervalNanos) {
    U64.setOpaque(line, (long) BeatLineLayout.INTERVAL_NANOS_OFFSET, intervalNanos);
    U64.setOpaque(line, (long) BeatLineLayout.MONOTONIC_NANOS_OFFSET, 0L);
    U64.setOpaque(line, (long) BeatLineLayout.COUNTER_OFFSET, 0L);
    U64.setOpaque(line, (long) BeatLineLayout.LEASE_NANOS_OFFSET, 0L);
    U64.setRelease(line, (long) BeatLineLayout.INCARNATION_OFFSET, incarnation);
    written.run();
  }

  /** Writer: one beat; the time first, then the counter with release. */
  public void beatRelease(long counter, long nowNanos) {
    U64.setOpaque(line, (long) BeatLineLayout.MONOTONIC_NANOS_OFFSET, nowNanos);
    U64.setRelease(line, (long) BeatLineLayout.COUNTER_OFFSET, counter);
    written.run();
  }

  /** Writer: the last beat of a run that leaves its guests to the next one. */
  public void leaveRelease(long counter, long nowNanos, long leaseNanos) {
    U64.setOpaque(line, (long) BeatLineLayout.LEASE_NANOS_OFFSET, leaseNanos);
    beatRelease(counter, nowNanos);
  }

  /**
   * Reader: what is published now. The counter belongs to the incarnation or to a later one, and
   * the time to the counter or to a later beat, never to an earlier one.
   */
  public Beat readAcquire() {
    long incarnation = (long) U64.getAcquire(line, (long) BeatLineLayout.INCARNATION_OFFSET);
    long counter = (long) U64.getAcquire(line, (long) BeatLineLayout.COUNTER_OFFSET);
    long nanos = (long) U64.getOpaque(line, (long) BeatLineLayout.MONOTONIC_NANOS_OFFSET);
    long interval = (long) U64.getOpaque(line, (long) BeatLineLayout.INTERVAL_NANOS_OFFSET);
    long lease = (long) U64.getOpaque(line, (long) BeatLineLayout.LEASE_NANOS_OFFSET);
    return new Beat(incarnation, counter, nanos, interval, lease);
  }
}
