package org.nilmigration.checkpoint.layout;

import java.util.List;

/**
 * A record of the ring: this header, then the payload, then zeros or leftovers up to the next
 * multiple of 64. Written by the owner, immutable until the standby consumed it. A record never
 * wraps; a PAD fills the rest of the ring.
 *
 * <p>Payloads: PAGES = {@code run_count} entries of {start u64, length u64} (guest-relative bytes,
 * page multiples), then the bytes of those runs in the same order. STATE = a piece of the device
 * state stream. END = {records u64, bytes u64} of the epoch before it. PAD = anything; its
 * payload_crc32c is 0 and not looked at.
 */
public final class RecordLayout {
  /** Header bytes, and the alignment of every record. */
  public static final int HEADER_BYTES = 64;

  /** ASCII "NREC". */
  public static final int MAGIC_WORD = 0x4345524e;

  public static final int TYPE_PAGES = 1;
  public static final int TYPE_STATE = 2;
  public static final int TYPE_END = 3;
  public static final int TYPE_PAD = 4;

  public static final int MAGIC = 0;
  public static final int TYPE = 4;
  public static final int HEADER_LENGTH = 6;
  public static final int GENERATION = 8;
  public static final int PAIRING = 16;
  public static final int EPOCH = 24;
  public static final int SEQUENCE = 32;
  public static final int PAYLOAD_LENGTH = 36;
  public static final int RUN_COUNT = 40;
  public static final int PAYLOAD_CRC = 44;
  public static final int POSITION = 48;
  public static final int RESERVED = 56;
  public static final int HEADER_CRC = 60;

  public static final int RUN_BYTES = 16;
  public static final int END_PAYLOAD_BYTES = 16;
  public static final int END_RECORDS = 0;
  public static final int END_BYTES = 8;

  /** Most page or state bytes in one record; a run table comes on top. */
  public static final int DATA_BYTES_MAX = 1 << 20;

  /** Most device state bytes in one epoch. */
  public static final long STATE_BYTES_MAX = 256L << 20;

  /** Most runs in one record: every one at least a page. */
  public static final int RUNS_MAX = DATA_BYTES_MAX / 4096;

  public static final List<Field> FIELDS =
      List.of(
          new Field(MAGIC, 4, "magic", "owner", "plain"),
          new Field(TYPE, 2, "type", "owner", "plain"),
          new Field(HEADER_LENGTH, 2, "header_length", "owner", "plain"),
          new Field(GENERATION, 8, "generation", "owner", "plain"),
          new Field(PAIRING, 8, "pairing", "owner", "plain"),
          new Field(EPOCH, 8, "epoch", "owner", "plain"),
          new Field(SEQUENCE, 4, "sequence", "owner", "plain"),
          new Field(PAYLOAD_LENGTH, 4, "payload_length", "owner", "plain"),
          new Field(RUN_COUNT, 4, "run_count", "owner", "plain"),
          new Field(PAYLOAD_CRC, 4, "payload_crc32c", "owner", "plain"),
          new Field(POSITION, 8, "position", "owner", "plain"),
          new Field(RESERVED, 4, "reserved", "owner", "plain"),
          new Field(HEADER_CRC, 4, "header_crc32c", "owner", "plain"));

  private RecordLayout() {}

  /** Bytes a record with this payload takes in the ring. */
  public static long recordBytes(long payloadBytes) {
    return (HEADER_BYTES + payloadBytes + HEADER_BYTES - 1) & -HEADER_BYTES;
  }
}
