package org.nilmigration.checkpoint.log;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.nilmigration.checkpoint.layout.RecordLayout;
import org.nilmigration.checkpoint.memory.BoundedBytes;

/**
 * Builds one record at a time in private memory: the payload is put behind the header first, then
 * sealed. Private, because guest memory changes while it is copied and the CRC must be of what was
 * copied, and because the CRC intrinsic must not meet a bus error. Allocates at construction only.
 */
final class RecordWriter {
  private static final int HEADER = RecordLayout.HEADER_BYTES;

  private final long generation;
  private final long pairing;
  private final MemorySegment buffer;
  private final BoundedBytes bytes;
  private final ByteBuffer nio;
  private final CRC32C crc = new CRC32C();

  RecordWriter(LogIdentity id, int payloadMax) {
    this.generation = id.generation();
    this.pairing = id.pairing();
    this.buffer =
        Arena.ofAuto().allocate(RecordLayout.recordBytes(payloadMax), RecordLayout.HEADER_BYTES);
    this.bytes = BoundedBytes.over(buffer);
    this.nio = buffer.asByteBuffer();
  }

  /** Header and payload. */
  MemorySegment buffer() {
    return buffer;
  }

  void putRun(int i, long start, long length) {
    long at = HEADER + (long) i * RecordLayout.RUN_BYTES;
    bytes.writeLong(at, start);
    bytes.writeLong(at + Long.BYTES, length);
  }

  long runStart(int i) {
    return bytes.readLong(HEADER + (long) i * RecordLayout.RUN_BYTES);
  }

  long runLength(int i) {
    return bytes.readLong(HEADER + (long) i * RecordLayout.RUN_BYTES + Long.BYTES);
  }

  void putEnd(long records, long epochBytes) {
    bytes.writeLong(HEADER + RecordLayout.END_RECORDS, records);
    bytes.writeLong(HEADER + RecordLayout.END_BYTES, epochBytes);
  }

  /** Copies payload bytes in. */
  void put(long payloadOffset, MemorySegment from, long offset, long length) {
    MemorySegment.copy(from, offset, buffer, HEADER + payloadOffset, length);
  }

  /** Completes the header over the payload that was put. */
  void seal(int type, long epoch, int sequence, long position, int payloadLength, int runCount) {
    bytes.writeInt(RecordLayout.MAGIC, RecordLayout.MAGIC_WORD);
    bytes.writeShort(RecordLayout.TYPE, type);
    bytes.writeShort(RecordLayout.HEADER_LENGTH, HEADER);
    bytes.writeLong(RecordLayout.GENERATION, generation);
    bytes.writeLong(RecordLayout.PAIRING, pairing);
    bytes.writeLong(RecordLayout.EPOCH, epoch);
    bytes.writeInt(RecordLayout.SEQUENCE, sequence);
    bytes.writeInt(RecordLayout.PAYLOAD_LENGTH, payloadLength);
    bytes.writeInt(RecordLayout.RUN_COUNT, runCount);
    boolean pad = type == RecordLayout.TYPE_PAD;
    bytes.writeInt(RecordLayout.PAYLOAD_CRC, pad ? 0 : crc(HEADER, payloadLength));
    bytes.writeLong(RecordLayout.POSITION, position);
    bytes.writeInt(RecordLayout.RESERVED, 0);
    bytes.writeInt(RecordLayout.HEADER_CRC, crc(0, RecordLayout.HEADER_CRC));
  }

  private int crc(int from, int length) {
    crc.reset();
    crc.update(nio.limit(from + length).position(from));
    return (int) crc.getValue();
  }
}
