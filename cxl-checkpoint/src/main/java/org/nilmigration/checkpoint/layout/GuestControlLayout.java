package org.nilmigration.checkpoint.layout;

import java.util.List;

/**
 * {@code DIR/guests/NAME/control}, 4 KiB: a guest's immutable identity, written by the host that
 * owns it first.
 */
public final class GuestControlLayout {
  public static final Envelope ENVELOPE = new Envelope("guest control block", "NIL-GUST", 1, 4096);
  public static final int FILE_BYTES = 4096;
  public static final int MEMORY_BYTES = 24;
  public static final int VCPUS = 32;
  public static final int VCPUS_RESERVED = 36;
  public static final int NAME = 40;
  public static final int RESERVED = 72;

  public static final List<Field> FIELDS =
      List.of(
          new Field(Envelope.MAGIC, 8, "magic", "creator", "plain"),
          new Field(Envelope.VERSION, 4, "version", "creator", "release"),
          new Field(Envelope.LENGTH, 4, "length", "creator", "plain"),
          new Field(Envelope.CRC, 4, "crc32c", "creator", "plain"),
          new Field(Envelope.RESERVED, 4, "reserved", "creator", "plain"),
          new Field(MEMORY_BYTES, 8, "memory_bytes", "creator", "plain"),
          new Field(VCPUS, 4, "vcpus", "creator", "plain"),
          new Field(VCPUS_RESERVED, 4, "reserved", "creator", "plain"),
          new Field(NAME, Names.BYTES, "name", "creator", "plain"),
          new Field(RESERVED, FILE_BYTES - RESERVED, "reserved", "creator", "plain"));

  private GuestControlLayout() {}
}
