package org.nilmigration.checkpoint.layout;

import java.util.List;

/**
 * {@code DIR/hosts/NAME.slot}, 4 KiB, written by that host only. The beat line's fields belong to
 * the heartbeat module.
 */
public final class HostSlotLayout {
  public static final Envelope ENVELOPE = new Envelope("host slot", "NIL-HOST", 1, 64);
  public static final int FILE_BYTES = 4096;
  public static final int NAME = 24;
  public static final int HEADER_RESERVED = 56;
  public static final int BEAT_LINE = 64;
  public static final int BEAT_LINE_BYTES = 64;
  public static final int INCARNATION = 128;
  public static final int RESERVED = 136;

  public static final List<Field> FIELDS =
      List.of(
          new Field(Envelope.MAGIC, 8, "magic", "host", "plain"),
          new Field(Envelope.VERSION, 4, "version", "host", "release"),
          new Field(Envelope.LENGTH, 4, "length", "host", "plain"),
          new Field(Envelope.CRC, 4, "crc32c", "host", "plain"),
          new Field(Envelope.RESERVED, 4, "reserved", "host", "plain"),
          new Field(NAME, Names.BYTES, "name", "host", "plain"),
          new Field(HEADER_RESERVED, BEAT_LINE - HEADER_RESERVED, "reserved", "host", "plain"),
          new Field(BEAT_LINE, BEAT_LINE_BYTES, "beat_line", "host", "release"),
          new Field(INCARNATION, 8, "incarnation", "host", "release"),
          new Field(RESERVED, FILE_BYTES - RESERVED, "reserved", "host", "plain"));

  private HostSlotLayout() {}
}
