package org.nilmigration.checkpoint.log;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.nilmigration.checkpoint.layout.LogLayout;
import org.nilmigration.checkpoint.layout.RecordLayout;
import org.nilmigration.checkpoint.memory.BoundedBytes;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * Reads one record at a time. Nothing in the ring is believed: the header is copied to private
 * memory and checked there; only then is the payload copied, by the checked length, and checked.
 */
final class RecordReader {
  /** For a reader that comes upon a record from behind. */
  static final int ANY_SEQUENCE = -1;

  /** Bytes copied before their CRC is taken: still in the first-level cache then. */
  private static final int PIECE_BYTES = 4096;

  private final MappedFile file;
  private final LogIdentity identity;
  private final long ringBytes;
  private final MemorySegment header =
      Arena.ofAuto().allocate(RecordLayout.HEADER_BYTES, RecordLayout.HEADER_BYTES);
  private final BoundedBytes bytes = BoundedBytes.over(header);
  private final ByteBuffer nio = header.asByteBuffer();
  private final CRC32C crc = new CRC32C();

  private long position;
  private int type;
  private int payloadLength;
  private int runCount;

  RecordReader(MappedFile file, LogIdentity identity, long ringBytes) {
    this.file = file;
    this.identity = identity;
    this.ringBytes = ringBytes;
  }

  int type() {
    return type;
  }

  int payloadLength() {
    return payloadLength;
  }

  int runCount() {
    return runCount;
  }

  /** Bytes the record takes in the ring. */
  long recordBytes() {
    return RecordLayout.recordBytes(payloadLength);
  }

  /**
   * Reads and checks the header of the record at {@code at}.
   *
   * @param limit position up to which records are published
   */
  void header(long at, long limit, long epoch, int sequence) {
    position = at;
    long index = at % ringBytes;
    MemorySegment.copy(
        file.segment(), LogLayout.RING + index, header, 0, RecordLayout.HEADER_BYTES);
    expect("magic", bytes.readInt(RecordLayout.MAGIC), RecordLayout.MAGIC_WORD);
    crc.reset();
    crc.update(nio.limit(RecordLayout.HEADER_CRC).position(0));
    expect("header crc32c", unsigned(RecordLayout.HEADER_CRC), crc.getValue());
    expect(
        "header length",
        bytes.readUnsignedShort(RecordLayout.HEADER_LENGTH),
        RecordLayout.HEADER_BYTES);
    expect("generation", bytes.readLong(RecordLayout.GENERATION), identity.generation());
    expect("pairing", bytes.readLong(RecordLayout.PAIRING), identity.pairing());
    expect("position", bytes.readLong(RecordLayout.POSITION), at);
    expect("epoch", bytes.readLong(RecordLayout.EPOCH), epoch);
    if (sequence != ANY_SEQUENCE) {
      expect("sequence", bytes.readInt(RecordLayout.SEQUENCE), sequence);
    }
    expect("reserved bytes", bytes.readInt(RecordLayout.RESERVED), 0);
    type = bytes.readUnsignedShort(RecordLayout.TYPE);
    payloadLength = bytes.readInt(RecordLayout.PAYLOAD_LENGTH);
    runCount = bytes.readInt(RecordLayout.RUN_COUNT);
    checkShape();
    long most = Math.min(ringBytes - index, limit - at);
    if (recordBytes() > most) {
      throw corrupt("payload length", payloadLength, "a record of at most " + most + " bytes");
    }
  }

  /** Copies the payload to private memory at {@code at} and checks it there. */
  void payload(Chunk into, int at) {
    long from = LogLayout.RING + position % ringBytes + RecordLayout.HEADER_BYTES;
    crc.reset();
    for (int done = 0; done < payloadLength; done += PIECE_BYTES) {
      int take = Math.min(PIECE_BYTES, payloadLength - done);
      MemorySegment.copy(file.segment(), from + done, into.memory(), at + (long) done, take);
      crc.update(into.bytes().limit(at + done + take).position(at + done));
    }
    expect("payload crc32c", crc.getValue(), unsigned(RecordLayout.PAYLOAD_CRC));
    if (type == RecordLayout.TYPE_PAGES) {
      checkRuns(into.memory(), at);
    }
  }

  /** The fault for a committed or appended record that is not what the format says. */
  FaultException corrupt(String field, long found, String expected) {
    return new FaultException(
        FaultKind.ERROR,
        file.path()
            + ": epoch log corrupted at position "
            + position
            + " (file offset "
            + (LogLayout.RING + position % ringBytes)
            + "): "
            + field
            + ": found "
            + found
            + ", expected "
            + expected
            + "; no epoch from this one on is used: check the memory device, then pair the guest"
            + " anew");
  }

  void expect(String field, long found, long expected) {
    if (found != expected) {
      throw corrupt(field, found, expected + "");
    }
  }

  private long unsigned(int offset) {
    return Integer.toUnsignedLong(bytes.readInt(offset));
  }

  private void checkShape() {
    long tableBytes = (long) runCount * RecordLayout.RUN_BYTES;
    boolean valid =
        switch (type) {
          case RecordLayout.TYPE_PAGES ->
              runCount > 0
                  && runCount <= RecordLayout.RUNS_MAX
                  && payloadLength > tableBytes
                  && payloadLength - tableBytes <= RecordLayout.DATA_BYTES_MAX;
          case RecordLayout.TYPE_STATE ->
              runCount == 0 && payloadLength > 0 && payloadLength <= RecordLayout.DATA_BYTES_MAX;
          case RecordLayout.TYPE_END ->
              runCount == 0 && payloadLength == RecordLayout.END_PAYLOAD_BYTES;
          case RecordLayout.TYPE_PAD ->
              runCount == 0
                  && position % ringBytes + RecordLayout.HEADER_BYTES + payloadLength == ringBytes;
          default -> throw corrupt("type", type, "1 to 4");
        };
    if (!valid) {
      throw corrupt(
          "lengths of a record of type " + type,
          payloadLength,
          "a payload that fits its " + runCount + " runs");
    }
  }

  private void checkRuns(MemorySegment memory, long payload) {
    long data = payloadLength - (long) runCount * RecordLayout.RUN_BYTES;
    for (int i = 0; i < runCount; i++) {
      long start = RunTable.start(memory, payload, i);
      long length = RunTable.length(memory, payload, i);
      boolean pages = ((start | length) & 4095) == 0;
      boolean inside =
          start >= 0 && length > 0 && length <= data && start <= identity.memoryBytes() - length;
      if (!pages || !inside) {
        throw corrupt(
            "run " + i + " of " + length + " bytes",
            start,
            "whole pages inside guest memory of " + identity.memoryBytes() + " bytes");
      }
      data -= length;
    }
    expect("bytes after the last run", data, 0);
  }
}
