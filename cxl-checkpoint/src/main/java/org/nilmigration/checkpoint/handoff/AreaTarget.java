package org.nilmigration.checkpoint.handoff;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.layout.HandoffLayout;

/**
 * The target's end of an area. Nothing of it is used before a private copy was verified. One thread
 * at a time.
 */
public final class AreaTarget {
  private final HandoffArea area;
  private final AreaWords words;
  private final MemorySegment memory;
  private final CRC32C crc = new CRC32C();
  private final ByteBuffer header =
      ByteBuffer.allocate(HandoffLayout.CHUNK_HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private MemorySegment chunk = MemorySegment.NULL;
  private long position;
  private long stateBytes;

  AreaTarget(HandoffArea area, AreaWords words) {
    this.area = area;
    this.words = words;
    this.memory = area.file().segment();
  }

  public HandoffSource sourceAcquire() {
    return area.sourceAcquire();
  }

  public void publish(HandoffTarget target) {
    area.guarded(() -> {
      words.publishTarget(target);
      return 0;
    });
  }

  /**
   * Says that the guest runs here from now on, unless the source took its word back.
   *
   * @return whether it may run here; see {@link HandoffArea#revoke}
   */
  public boolean publishRunning() {
    publish(HandoffTarget.RUNNING);
    VarHandle.fullFence();
    return sourceAcquire() == HandoffSource.RELEASED;
  }

  /**
   * The next bytes of the device state: a private copy, verified, valid until the next call. Empty
   * when no more have come.
   */
  public MemorySegment nextState() {
    MemorySegment next = MemorySegment.NULL;
    long streamed = area.guarded(words::streamedAcquire);
    if (streamed > position) {
      if (streamed > area.stateCapacity() || streamed % HandoffLayout.CHUNK_HEADER_BYTES != 0) {
        throw area.corrupt(
            "end of the state's chunks", streamed, "a multiple of 16 to " + area.stateCapacity());
      }
      next = readChunk(streamed);
    }
    return next;
  }

  private MemorySegment readChunk(long streamed) {
    long at = HandoffLayout.STATE + position;
    copy(at, MemorySegment.ofBuffer(header), HandoffLayout.CHUNK_HEADER_BYTES);
    long length = header.getInt(HandoffLayout.CHUNK_LENGTH);
    if (length <= 0 || HandoffLayout.chunkBytes(length) > streamed - position) {
      throw area.corrupt("length of a state chunk", length, "1 to " + (streamed - position));
    }
    if (chunk.byteSize() < length) {
      chunk = Arena.ofAuto().allocate(Math.max(length, 256 << 10), 64);
    }
    MemorySegment bytes = chunk.asSlice(0, length);
    copy(at + HandoffLayout.CHUNK_HEADER_BYTES, bytes, length);
    int found = header.getInt(HandoffLayout.CHUNK_CRC);
    int computed = AreaSource.chunkCrc(crc, header, bytes);
    if (found != computed) {
      throw area.corrupt("CRC32C of a state chunk", found, "" + computed);
    }
    if (header.getLong(HandoffLayout.CHUNK_POSITION) != stateBytes) {
      throw area.corrupt(
          "position of a state chunk",
          header.getLong(HandoffLayout.CHUNK_POSITION),
          "" + stateBytes);
    }
    position += HandoffLayout.chunkBytes(length);
    stateBytes += length;
    return bytes;
  }

  /**
   * After READY: whether {@link #nextState} has given all of the state.
   *
   * @throws org.nilmigration.config.FaultException when it is not as long as the source says
   */
  public boolean wholeState() {
    boolean drained = area.guarded(words::streamedAcquire) == position;
    if (drained && area.guarded(words::stateBytes) != stateBytes) {
      throw area.corrupt(
          "device state bytes", stateBytes, "" + area.guarded(words::stateBytes) + " as published");
    }
    if (drained && stateBytes == 0) {
      throw area.corrupt("device state bytes", 0, "at least 1");
    }
    return drained;
  }

  /** The handed-over epoch; after READY. */
  public long epoch() {
    long epoch = area.guarded(words::epoch);
    if (epoch < 0) {
      throw area.corrupt("epoch", epoch, "0 or more");
    }
    return epoch;
  }

  /** CLOCK_MONOTONIC of the source's pause; after READY. */
  public long stopNanos() {
    return area.guarded(words::stopNanos);
  }

  /**
   * The pages the source's process wrote since the guest's last committed epoch, empty until the
   * source has published them.
   */
  public Optional<PageRuns> written() {
    long published = area.guarded(words::writtenAcquire);
    if (published == 0) {
      return Optional.empty();
    }
    long count = area.guarded(words::writtenRuns);
    if (published != 1 || count < 0 || count > area.runsCapacity()) {
      throw area.corrupt("number of page runs", count, "0 to " + area.runsCapacity());
    }
    long bytes = count * HandoffLayout.RUN_BYTES;
    MemorySegment table = Arena.ofAuto().allocate(Math.max(1, bytes), 8);
    copy(area.runsOffset(), table, bytes);
    crc.reset();
    crc.update(table.asSlice(0, bytes).asByteBuffer());
    long found = area.guarded(words::writtenCrc);
    if (found != crc.getValue()) {
      throw area.corrupt("CRC32C of the page runs", found, "" + crc.getValue());
    }
    return Optional.of(runs(table, count));
  }

  private PageRuns runs(MemorySegment table, long count) {
    PageRuns runs = new PageRuns();
    long memoryBytes = area.identity().memoryBytes();
    long end = 0;
    for (long i = 0; i < count; i++) {
      long start = table.getAtIndex(ValueLayout.JAVA_LONG, 2 * i);
      long length = table.getAtIndex(ValueLayout.JAVA_LONG, 2 * i + 1);
      boolean pages = ((start | length) & (PageRuns.PAGE_BYTES - 1)) == 0;
      if (start < end || length <= 0 || length > memoryBytes - start || !pages) {
        throw area.corrupt(
            "page run of " + length + " bytes at",
            start,
            "whole pages from " + end + " to " + memoryBytes);
      }
      runs.add(start, length);
      end = start + length;
    }
    return runs;
  }

  private void copy(long from, MemorySegment into, long bytes) {
    area.guarded(() -> {
      MemorySegment.copy(memory, from, into, 0, bytes);
      return 0;
    });
  }
}
