package org.nilmigration.checkpoint.layout;

import java.util.List;

/**
 * {@code DIR/guests/NAME/gGENERATION-hATTEMPT.handoff}: one attempt of a planned move.
 *
 * <pre>
 *   0      header page   identity, immutable, version published last   source
 *   4096   source page   one word or group per 64-byte line            source
 *   8192   target page   one word                                      target
 *   12288  state         chunks, state_capacity bytes long             source
 *   ...    runs          {start u64, length u64}, runs_capacity of them source
 * </pre>
 *
 * A chunk is {position u64, length u32, crc32c u32} and that many bytes of the device state, padded
 * to 16; the CRC covers position, length and bytes, the position counts state bytes from 0. The
 * runs are the pages that the source's process wrote since the guest's last committed epoch,
 * ascending and apart, in bytes of guest memory.
 */
public final class HandoffLayout {
  public static final Envelope ENVELOPE = new Envelope("handoff area", "NIL-HAND", 1, 4096);

  public static final int GENERATION = 24;
  public static final int ATTEMPT = 32;
  public static final int MEMORY_BYTES = 40;
  public static final int STATE_CAPACITY = 48;
  public static final int RUNS_CAPACITY = 56;
  public static final int GUEST = 64;
  public static final int HEADER_RESERVED = 96;

  public static final int SOURCE = 4096;
  public static final int EPOCH = 4104;
  public static final int STOP_NANOS = 4112;
  public static final int STATE_BYTES = 4120;
  public static final int STREAMED_POS = 4160;
  public static final int WRITTEN = 4224;
  public static final int WRITTEN_RUNS = 4232;
  public static final int WRITTEN_CRC = 4240;

  public static final int TARGET = 8192;

  public static final int STATE = 12288;

  public static final int CHUNK_POSITION = 0;
  public static final int CHUNK_LENGTH = 8;
  public static final int CHUNK_CRC = 12;
  public static final int CHUNK_HEADER_BYTES = 16;

  public static final int RUN_BYTES = 16;

  public static final List<Field> FIELDS =
      List.of(
          new Field(Envelope.MAGIC, 8, "magic", "source", "plain"),
          new Field(Envelope.VERSION, 4, "version", "source", "release"),
          new Field(Envelope.LENGTH, 4, "length", "source", "plain"),
          new Field(Envelope.CRC, 4, "crc32c", "source", "plain"),
          new Field(Envelope.RESERVED, 4, "reserved", "source", "plain"),
          new Field(GENERATION, 8, "generation", "source", "plain"),
          new Field(ATTEMPT, 8, "attempt", "source", "plain"),
          new Field(MEMORY_BYTES, 8, "memory_bytes", "source", "plain"),
          new Field(STATE_CAPACITY, 8, "state_capacity", "source", "plain"),
          new Field(RUNS_CAPACITY, 8, "runs_capacity", "source", "plain"),
          new Field(GUEST, Names.BYTES, "guest", "source", "plain"),
          new Field(HEADER_RESERVED, 4096 - HEADER_RESERVED, "reserved", "source", "plain"),
          new Field(SOURCE, 8, "source", "source", "release"),
          new Field(EPOCH, 8, "epoch", "source", "plain"),
          new Field(STOP_NANOS, 8, "stop_nanos", "source", "plain"),
          new Field(STATE_BYTES, 8, "state_bytes", "source", "plain"),
          new Field(STREAMED_POS, 8, "streamed_pos", "source", "release"),
          new Field(WRITTEN, 8, "written", "source", "release"),
          new Field(WRITTEN_RUNS, 8, "written_runs", "source", "plain"),
          new Field(WRITTEN_CRC, 8, "written_crc32c", "source", "plain"),
          new Field(TARGET, 8, "target", "target", "release"));

  private HandoffLayout() {}

  /** Bytes a chunk with that many bytes of state takes. */
  public static long chunkBytes(long stateBytes) {
    return (CHUNK_HEADER_BYTES + stateBytes + CHUNK_HEADER_BYTES - 1) & -CHUNK_HEADER_BYTES;
  }
}
