package org.nilmigration.checkpoint.layout;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Loads and stores of single words of mapped memory, named by their memory order. Offsets must be
 * multiples of the word's size. The handles are static and final: that makes them plain moves.
 */
public final class Words {
  private static final VarHandle LONG =
      ValueLayout.JAVA_LONG
          .withOrder(ByteOrder.LITTLE_ENDIAN)
          .varHandle()
          .withInvokeExactBehavior();
  private static final VarHandle INT =
      ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle().withInvokeExactBehavior();

  private Words() {}

  /** Later loads and stores stay behind this load. */
  public static long acquire(MemorySegment memory, long offset) {
    return (long) LONG.getAcquire(memory, offset);
  }

  /** Earlier loads and stores stay ahead of this store. */
  public static void release(MemorySegment memory, long offset, long value) {
    LONG.setRelease(memory, offset, value);
  }

  /** No order; made visible by a release after it. */
  public static long plain(MemorySegment memory, long offset) {
    return (long) LONG.get(memory, offset);
  }

  /** No order; made visible by a release after it. */
  public static void plain(MemorySegment memory, long offset, long value) {
    LONG.set(memory, offset, value);
  }

  /** As {@link #acquire}, 32 bits. */
  public static int acquireInt(MemorySegment memory, long offset) {
    return (int) INT.getAcquire(memory, offset);
  }

  /** As {@link #release}, 32 bits. */
  public static void releaseInt(MemorySegment memory, long offset, int value) {
    INT.setRelease(memory, offset, value);
  }
}
