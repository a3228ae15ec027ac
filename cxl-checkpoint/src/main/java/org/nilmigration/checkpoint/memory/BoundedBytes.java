package org.nilmigration.checkpoint.memory;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import net.openhft.chronicle.bytes.PointerBytesStore;

/**
 * A Chronicle Bytes view of native memory that cannot be overrun or outlive it: the view itself
 * checks neither, and a stray access would end the JVM. Little-endian; plain memory order, so it is
 * for headers and tables of records, never for words that publish something.
 *
 * <p>Offsets are relative to the start of the view. One thread at a time.
 */
public final class BoundedBytes implements AutoCloseable {
  private final MemorySegment segment;
  private final PointerBytesStore store = new PointerBytesStore();
  private final long length;
  private boolean closed;

  private BoundedBytes(MemorySegment segment) {
    this.segment = segment;
    this.length = segment.byteSize();
    store.set(segment.address(), length);
  }

  /**
   * A view of native memory. Over mapped memory use {@link MappedFile#view}, which closes it in
   * time.
   */
  public static BoundedBytes over(MemorySegment segment) {
    if (!segment.isNative() || segment.byteSize() == 0) {
      throw new IllegalArgumentException("a view needs native memory of at least one byte");
    }
    return new BoundedBytes(segment);
  }

  /** Bytes that can be accessed. */
  public long length() {
    return length;
  }

  public int readUnsignedShort(long offset) {
    return store.readUnsignedShort(checked(offset, Short.BYTES));
  }

  public int readInt(long offset) {
    return store.readInt(checked(offset, Integer.BYTES));
  }

  public long readLong(long offset) {
    return store.readLong(checked(offset, Long.BYTES));
  }

  public void writeShort(long offset, int value) {
    store.writeShort(checked(offset, Short.BYTES), (short) value);
  }

  public void writeInt(long offset, int value) {
    store.writeInt(checked(offset, Integer.BYTES), value);
  }

  public void writeLong(long offset, long value) {
    store.writeLong(checked(offset, Long.BYTES), value);
  }

  /** Ends the view; every later access throws. The memory itself is not touched. */
  @Override
  public void close() {
    closed = true;
  }

  private long checked(long offset, int bytes) {
    Objects.checkFromIndexSize(offset, bytes, length);
    if (closed || !segment.scope().isAlive()) {
      throw new IllegalStateException("view used after its memory was released");
    }
    return offset;
  }
}
