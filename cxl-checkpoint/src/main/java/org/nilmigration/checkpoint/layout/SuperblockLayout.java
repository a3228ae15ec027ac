package org.nilmigration.checkpoint.layout;

import java.util.List;

/** {@code DIR/superblock}, 4 KiB, immutable. Written by the host that formats the region. */
public final class SuperblockLayout {
  public static final Envelope ENVELOPE = new Envelope("superblock", "NIL-REGN", 1, 4096);
  public static final int FILE_BYTES = 4096;
  public static final int UUID_HIGH = 24;
  public static final int UUID_LOW = 32;
  public static final int CAPACITY_BYTES = 40;
  public static final int RESERVED = 48;

  public static final List<Field> FIELDS =
      List.of(
          new Field(Envelope.MAGIC, 8, "magic", "formatter", "plain"),
          new Field(Envelope.VERSION, 4, "version", "formatter", "release"),
          new Field(Envelope.LENGTH, 4, "length", "formatter", "plain"),
          new Field(Envelope.CRC, 4, "crc32c", "formatter", "plain"),
          new Field(Envelope.RESERVED, 4, "reserved", "formatter", "plain"),
          new Field(UUID_HIGH, 8, "uuid_high", "formatter", "plain"),
          new Field(UUID_LOW, 8, "uuid_low", "formatter", "plain"),
          new Field(CAPACITY_BYTES, 8, "capacity_bytes", "formatter", "plain"),
          new Field(RESERVED, FILE_BYTES - RESERVED, "reserved", "formatter", "plain"));

  private SuperblockLayout() {}
}
