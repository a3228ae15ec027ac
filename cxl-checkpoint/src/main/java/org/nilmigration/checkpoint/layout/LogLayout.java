package org.nilmigration.checkpoint.layout;

import java.util.List;

/**
 * {@code DIR/guests/NAME/gGENERATION-pPAIRING.log}: one pairing of an owner with a standby.
 *
 * <pre>
 *   0      header page    identity, immutable, version published last   creator = owner
 *   4096   owner page     one word or group per 64-byte line            owner
 *   8192   standby page   one word per 64-byte line                     standby
 *   12288  ring           records, ring_bytes long                      owner
 * </pre>
 *
 * The creator writes the initial values of both pages before it publishes the version. The commit
 * of epoch N lies in line N mod 2, so the line of the last published commit is never rewritten
 * while a reader may need it: an owner that dies at any point leaves one whole commit behind.
 */
public final class LogLayout {
  public static final Envelope ENVELOPE = new Envelope("epoch log", "NIL-ELOG", 1, 4096);

  public static final int GENERATION = 24;
  public static final int PAIRING = 32;
  public static final int MEMORY_BYTES = 40;
  public static final int RING_BYTES = 48;
  public static final int START_EPOCH = 56;
  public static final int START_SYNCED = 64;
  public static final int START_SYNCED_RESERVED = 68;
  public static final int GUEST = 72;
  public static final int HEADER_RESERVED = 104;

  public static final int APPENDED_POS = 4096;
  public static final int COMMIT_EPOCH = 4160;
  public static final int COMMIT_EVEN = 4224;
  public static final int COMMIT_ODD = 4288;
  public static final int OWNER_RESERVED = 4352;

  /** Within a commit line. */
  public static final int COMMIT_LINE_EPOCH = 0;

  /** Within a commit line. */
  public static final int COMMIT_LINE_POS = 8;

  /** Within a commit line: CRC32C of the 16 bytes before it. */
  public static final int COMMIT_LINE_CRC = 16;

  public static final int CONSUMED_POS = 8192;
  public static final int APPLIED_EPOCH = 8256;
  public static final int SYNCED = 8320;
  public static final int ATTACHED = 8384;
  public static final int STANDBY_RESERVED = 8448;
  public static final int TAKEN = 8512;

  public static final int RING = 12288;

  public static final List<Field> FIELDS =
      List.of(
          new Field(Envelope.MAGIC, 8, "magic", "owner", "plain"),
          new Field(Envelope.VERSION, 4, "version", "owner", "release"),
          new Field(Envelope.LENGTH, 4, "length", "owner", "plain"),
          new Field(Envelope.CRC, 4, "crc32c", "owner", "plain"),
          new Field(Envelope.RESERVED, 4, "reserved", "owner", "plain"),
          new Field(GENERATION, 8, "generation", "owner", "plain"),
          new Field(PAIRING, 8, "pairing", "owner", "plain"),
          new Field(MEMORY_BYTES, 8, "memory_bytes", "owner", "plain"),
          new Field(RING_BYTES, 8, "ring_bytes", "owner", "plain"),
          new Field(START_EPOCH, 8, "start_epoch", "owner", "plain"),
          new Field(START_SYNCED, 4, "start_synced", "owner", "plain"),
          new Field(START_SYNCED_RESERVED, 4, "reserved", "owner", "plain"),
          new Field(GUEST, Names.BYTES, "guest", "owner", "plain"),
          new Field(HEADER_RESERVED, 4096 - HEADER_RESERVED, "reserved", "owner", "plain"),
          new Field(APPENDED_POS, 8, "appended_pos", "owner", "release"),
          new Field(COMMIT_EPOCH, 8, "commit_epoch", "owner", "release, then full fence"),
          new Field(COMMIT_EVEN, 8, "commit_even.epoch", "owner", "plain"),
          new Field(COMMIT_EVEN + COMMIT_LINE_POS, 8, "commit_even.pos", "owner", "plain"),
          new Field(COMMIT_EVEN + COMMIT_LINE_CRC, 8, "commit_even.crc32c", "owner", "plain"),
          new Field(COMMIT_ODD, 8, "commit_odd.epoch", "owner", "plain"),
          new Field(COMMIT_ODD + COMMIT_LINE_POS, 8, "commit_odd.pos", "owner", "plain"),
          new Field(COMMIT_ODD + COMMIT_LINE_CRC, 8, "commit_odd.crc32c", "owner", "plain"),
          new Field(OWNER_RESERVED, 24, "reserved", "owner", "plain"),
          new Field(CONSUMED_POS, 8, "consumed_pos", "standby", "release"),
          new Field(APPLIED_EPOCH, 8, "applied_epoch", "standby", "release"),
          new Field(SYNCED, 8, "synced", "standby", "release"),
          new Field(ATTACHED, 8, "attached", "standby", "release"),
          new Field(STANDBY_RESERVED, 8, "reserved", "standby", "plain"),
          new Field(TAKEN, 8, "taken", "standby or remover", "release, then full fence"));

  private LogLayout() {}
}
