package org.nilmigration.migration.hypervisor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Private direct memory that one device state after another is captured into. Grows by doubling up
 * to {@value #BYTES_MAX} bytes and never shrinks, so that a steady guest allocates nothing. Owned
 * by one thread at a time.
 */
@SuppressWarnings(
    "MustBeClosedChecker") // the arena lives as long as the buffer, and close() ends it
public final class StateBuffer implements AutoCloseable {
  /** Device states are 50 to 300 KB; more than this is not a device state. */
  public static final long BYTES_MAX = 256L << 20;

  private static final long BYTES_INITIAL = 512L << 10;

  private Arena arena = Arena.ofShared();
  private MemorySegment memory = arena.allocate(BYTES_INITIAL, 4096);
  private ByteBuffer view = memory.asByteBuffer();

  /** The whole memory; the first {@link #length()} bytes are the state. Invalid once it grows. */
  public MemorySegment segment() {
    return memory;
  }

  /** Bytes of state held. */
  public long length() {
    return view.position();
  }

  /** Forgets the content, keeps the memory. */
  public void clear() {
    view.clear();
  }

  /**
   * The buffer to append into: its position is {@link #length()} and at least {@code atLeast} bytes
   * remain. What is put into it counts at once. Valid until the next call.
   *
   * @throws IllegalStateException when the state would exceed {@link #BYTES_MAX}
   */
  public ByteBuffer room(int atLeast) {
    if (view.remaining() < atLeast) {
      grow(view.position() + (long) atLeast);
    }
    return view;
  }

  /** A buffer of its own that holds a copy of {@code state}. */
  public static StateBuffer copyOf(MemorySegment state) {
    StateBuffer copy = new StateBuffer();
    copy.room(Math.toIntExact(state.byteSize())).put(state.asByteBuffer());
    return copy;
  }

  private void grow(long needed) {
    if (needed > BYTES_MAX) {
      throw new IllegalStateException(
          "a device state of more than " + BYTES_MAX + " bytes is not a device state");
    }
    long size = memory.byteSize();
    while (size < needed) {
      size = Math.min(size * 2, BYTES_MAX);
    }
    Arena next = Arena.ofShared();
    MemorySegment larger = next.allocate(size, 4096);
    int held = view.position();
    MemorySegment.copy(memory, 0, larger, 0, held);
    arena.close();
    arena = next;
    memory = larger;
    view = larger.asByteBuffer().position(held);
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
