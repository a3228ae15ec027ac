package org.nilmigration.checkpoint.layout;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Names of hosts and guests as {@value #BYTES} bytes of ASCII, padded with zeros. */
public final class Names {
  public static final int BYTES = 32;

  private Names() {}

  /** Writes a name. */
  public static void put(ByteBuffer structure, int offset, String name) {
    byte[] ascii = name.getBytes(StandardCharsets.US_ASCII);
    if (ascii.length == 0 || ascii.length > BYTES) {
      throw new IllegalArgumentException(
          "name '" + name + "': found " + ascii.length + " bytes, expected 1 to " + BYTES);
    }
    structure.put(offset, ascii);
  }

  /** Reads a name. */
  public static String get(ByteBuffer structure, int offset) {
    int length = 0;
    while (length < BYTES && structure.get(offset + length) != 0) {
      length++;
    }
    byte[] ascii = new byte[length];
    structure.get(offset, ascii);
    return new String(ascii, StandardCharsets.US_ASCII);
  }
}
