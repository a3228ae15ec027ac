package org.nilmigration.checkpoint.log;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.layout.LogLayout;
import org.nilmigration.checkpoint.layout.RecordLayout;
import org.nilmigration.checkpoint.memory.BoundedBytes;
import org.nilmigration.checkpoint.memory.CacheFlush;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.memory.RangeCopy;

/**
 * Builds one record at a time in its place in the ring, where nobody looks before its position is
 * published: {@link #begin}, the payload, {@link #seal}.
 *
 * <p>Guest memory changes while it is copied, so it is read once, into the ring, and the CRC is of
 * what arrived there: each piece is copied back to private memory while it is still in the cache,
 * because the CRC intrinsic must not meet a bus error. Allocates at construction only.
 */
final class RecordWriter {
  private static final int HEADER = RecordLayout.HEADER_BYTES;

  /** Bytes copied back at a time, and of a long run at a time: fit into the first-level cache. */
  private static final int PIECE_BYTES = 4096;

  private static final int CHUNK_BYTES = 512;

  /** Entries of the run table in a cache line. */
  private static final int LINE_RUNS = HEADER / RecordLayout.RUN_BYTES;

  private final long generation;
  private final long pairing;
  private final MemorySegment log;
  private final CacheFlush flush;

  /** The header, then the run table or the payload of END. */
  private final MemorySegment head;

  private final BoundedBytes bytes;
  private final ByteBuffer headNio;
  private final MemorySegment piece = Arena.ofAuto().allocate(PIECE_BYTES, HEADER);
  private final ByteBuffer pieceNio = piece.asByteBuffer();
  private final RangeCopy ranges = new RangeCopy();
  private final CRC32C crc = new CRC32C();

  private long record;
  private long end;
  private long checked;

  /**
   * @param file the log
   * @param runsMax most runs of one record
   */
  RecordWriter(LogIdentity id, MappedFile file, int runsMax) {
    this.generation = id.generation();
    this.pairing = id.pairing();
    this.log = file.segment();
    this.flush = file.cacheFlush();
    this.head =
        Arena.ofAuto()
            .allocate(RecordLayout.recordBytes((long) runsMax * RecordLayout.RUN_BYTES), HEADER);
    this.bytes = BoundedBytes.over(head);
    this.headNio = head.asByteBuffer();
  }

  /** An entry of the run table, kept in private memory for the next record. */
  void run(int i, long start, long length) {
    bytes.writeLong(entry(i), start);
    bytes.writeLong(entry(i) + Long.BYTES, length);
  }

  /**
   * Splits runs until the table fills whole cache lines, if they have pages enough: the pages
   * behind it then begin with one, which makes their copies cheaper by a sixth.
   *
   * @return entries of the table now
   */
  int alignTable(int runs) {
    int entries = runs;
    for (int i = runs - 1; i >= 0 && entries % LINE_RUNS != 0; ) {
      long length = bytes.readLong(entry(i) + Long.BYTES);
      if (length > PageRuns.PAGE_BYTES) {
        long start = bytes.readLong(entry(i));
        MemorySegment.copy(head, entry(i), head, entry(i + 1), entry(entries) - entry(i));
        run(i, start, length - PageRuns.PAGE_BYTES);
        run(i + 1, start + length - PageRuns.PAGE_BYTES, PageRuns.PAGE_BYTES);
        entries++;
      } else {
        i--;
      }
    }
    return entries;
  }

  private static long entry(int i) {
    return HEADER + (long) i * RecordLayout.RUN_BYTES;
  }

  /** Starts a record; the ring has room for all of it. */
  void begin(long ringOffset) {
    record = LogLayout.RING + ringOffset;
    end = record + HEADER;
    checked = end;
    crc.reset();
  }

  /** Appends the run table, then its pages. */
  void putPages(MemorySegment image, int runs) {
    putHead(runs * RecordLayout.RUN_BYTES);
    for (int i = 0; i < runs; i++) {
      long start = bytes.readLong(entry(i));
      long length = bytes.readLong(entry(i) + Long.BYTES);
      if (RangeCopy.isShort(length)) {
        ranges.add(start, end, length);
        end += length;
        if (ranges.isFull()) {
          putRanges(image);
        }
      } else {
        putRanges(image);
        put(image, start, length);
      }
    }
    putRanges(image);
  }

  private void putRanges(MemorySegment image) {
    ranges.run(image, log, CacheFlush.NONE);
    check();
  }

  /** Appends payload bytes. */
  void put(MemorySegment from, long offset, long length) {
    for (long done = 0; done < length; ) {
      long take = Math.min(PIECE_BYTES, length - done);
      for (long at = 0; at < take; at += CHUNK_BYTES) {
        MemorySegment.copy(
            from, offset + done + at, log, end + at, Math.min(CHUNK_BYTES, take - at));
      }
      end += take;
      done += take;
      check();
    }
  }

  void putEnd(long records, long epochBytes) {
    bytes.writeLong(HEADER + RecordLayout.END_RECORDS, records);
    bytes.writeLong(HEADER + RecordLayout.END_BYTES, epochBytes);
    putHead(RecordLayout.END_PAYLOAD_BYTES);
  }

  /** Appends what lies behind the header in private memory. */
  private void putHead(int length) {
    MemorySegment.copy(head, HEADER, log, end, length);
    crc.update(headNio.limit(HEADER + length).position(HEADER));
    end += length;
    checked = end;
  }

  /** Takes what was appended into the CRC. */
  private void check() {
    while (checked < end) {
      int take = (int) Math.min(PIECE_BYTES, end - checked);
      MemorySegment.copy(log, checked, piece, 0, take);
      crc.update(pieceNio.limit(take).position(0));
      checked += take;
    }
  }

  /** Payload of a PAD: whatever lies there. */
  void skip(int length) {
    end += length;
    checked = end;
  }

  /**
   * Completes the record by its header and begins to flush it.
   *
   * @return bytes it takes in the ring
   */
  long seal(int type, long epoch, int sequence, long position, int runCount) {
    int payloadLength = (int) (end - record) - HEADER;
    bytes.writeInt(RecordLayout.MAGIC, RecordLayout.MAGIC_WORD);
    bytes.writeShort(RecordLayout.TYPE, type);
    bytes.writeShort(RecordLayout.HEADER_LENGTH, HEADER);
    bytes.writeLong(RecordLayout.GENERATION, generation);
    bytes.writeLong(RecordLayout.PAIRING, pairing);
    bytes.writeLong(RecordLayout.EPOCH, epoch);
    bytes.writeInt(RecordLayout.SEQUENCE, sequence);
    bytes.writeInt(RecordLayout.PAYLOAD_LENGTH, payloadLength);
    bytes.writeInt(RecordLayout.RUN_COUNT, runCount);
    bytes.writeInt(RecordLayout.PAYLOAD_CRC, (int) crc.getValue());
    bytes.writeLong(RecordLayout.POSITION, position);
    bytes.writeInt(RecordLayout.RESERVED, 0);
    crc.reset();
    crc.update(headNio.limit(RecordLayout.HEADER_CRC).position(0));
    bytes.writeInt(RecordLayout.HEADER_CRC, (int) crc.getValue());
    MemorySegment.copy(head, 0, log, record, HEADER);
    flush.flush(log, record, HEADER + (long) payloadLength);
    return RecordLayout.recordBytes(payloadLength);
  }
}
