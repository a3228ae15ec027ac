package org.nilmigration.checkpoint.handoff;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.layout.HandoffLayout;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * The source's end of an area: the state as it comes, then READY, then RELEASED or ABORTED, and
 * after RELEASED the pages written since the last committed epoch. Source thread only.
 */
public final class AreaSource {
  private final HandoffArea area;
  private final AreaWords words;
  private final MemorySegment memory;
  private final CRC32C crc = new CRC32C();
  private long position;
  private long stateBytes;

  AreaSource(HandoffArea area, AreaWords words) {
    this.area = area;
    this.words = words;
    this.memory = area.file().segment();
  }

  public HandoffTarget targetAcquire() {
    return area.targetAcquire();
  }

  /**
   * Publishes what {@code state} holds beyond the last call's {@code length}.
   *
   * @param state private memory of the device state, from its first byte
   * @param length bytes of it that are there
   * @throws FaultException when the area has no room for it
   */
  public void stream(MemorySegment state, long length) {
    long more = length - stateBytes;
    if (more <= 0) {
      return;
    }
    long next = position + HandoffLayout.chunkBytes(more);
    if (next > area.stateCapacity()) {
      throw new FaultException(
          FaultKind.ERROR,
          area.file().path()
              + ": device state too large to hand over: found more than "
              + stateBytes
              + " bytes, expected room for them in "
              + area.stateCapacity()
              + "; remove devices with memory of their own from the guest's qemuArgs");
    }
    area.guarded(() -> {
      chunk(state.asSlice(stateBytes, more));
      words.publishStreamed(next);
      return 0;
    });
    position = next;
    stateBytes = length;
  }

  private void chunk(MemorySegment bytes) {
    ByteBuffer header =
        ByteBuffer.allocate(HandoffLayout.CHUNK_HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(HandoffLayout.CHUNK_POSITION, stateBytes);
    header.putInt(HandoffLayout.CHUNK_LENGTH, (int) bytes.byteSize());
    header.putInt(HandoffLayout.CHUNK_CRC, chunkCrc(crc, header, bytes));
    long at = HandoffLayout.STATE + position;
    MemorySegment.copy(MemorySegment.ofBuffer(header), 0, memory, at, header.capacity());
    MemorySegment.copy(bytes, 0, memory, at + header.capacity(), bytes.byteSize());
    words.flush(at, header.capacity() + bytes.byteSize());
  }

  /** Over position, length and bytes; private memory only. */
  static int chunkCrc(CRC32C crc, ByteBuffer header, MemorySegment bytes) {
    crc.reset();
    crc.update(header.duplicate().position(0).limit(HandoffLayout.CHUNK_CRC));
    crc.update(bytes.asByteBuffer());
    return (int) crc.getValue();
  }

  /**
   * The guest is paused and its whole state was streamed.
   *
   * @param epoch the handed-over epoch
   * @param stopNanos CLOCK_MONOTONIC of the moment the guest was told to pause
   */
  public void publishReady(long epoch, long stopNanos) {
    area.guarded(() -> {
      words.figures(epoch, stopNanos, stateBytes);
      words.publishSource(HandoffSource.READY);
      return 0;
    });
  }

  /** Whoever calls this has let go of the guest, even if it throws. */
  public void publishReleased() {
    publish(HandoffSource.RELEASED);
  }

  public void publishAborted() {
    publish(HandoffSource.ABORTED);
  }

  private void publish(HandoffSource source) {
    area.guarded(() -> {
      words.publishSource(source);
      return 0;
    });
  }

  /**
   * Publishes the pages the source's process wrote since the last committed epoch.
   *
   * @param written ascending and apart, see {@link PageRuns#merged}
   */
  public void publishWritten(PageRuns written) {
    int count = (int) Math.min(written.count(), area.runsCapacity());
    MemorySegment table =
        Arena.ofAuto().allocate(Math.max(1L, (long) count * HandoffLayout.RUN_BYTES), 8);
    for (int i = 0; i < count; i++) {
      int last = i == count - 1 ? written.count() - 1 : i;
      table.setAtIndex(ValueLayout.JAVA_LONG, 2L * i, written.start(i));
      table.setAtIndex(
          ValueLayout.JAVA_LONG,
          2L * i + 1,
          written.start(last) + written.length(last) - written.start(i));
    }
    long bytes = (long) count * HandoffLayout.RUN_BYTES;
    crc.reset();
    crc.update(table.asSlice(0, bytes).asByteBuffer());
    int value = (int) crc.getValue();
    area.guarded(() -> {
      MemorySegment.copy(table, 0, memory, area.runsOffset(), bytes);
      words.flush(area.runsOffset(), bytes);
      words.publishWritten(count, value);
      return 0;
    });
  }
}
