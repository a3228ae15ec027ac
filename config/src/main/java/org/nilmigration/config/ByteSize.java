package org.nilmigration.config;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number of bytes, read and written in binary units: {@code 64KiB}, {@code 256MiB}, {@code 8GiB}.
 *
 * @param bytes never negative
 */
public record ByteSize(long bytes) implements Comparable<ByteSize> {
  private static final String UNITS = "KMGT";
  private static final Pattern TEXT = Pattern.compile("([0-9]{1,19}) ?(?:([KMGT])(?:iB)?|B)?");
  static final String FORM = "a size in binary units, such as 256MiB, 64K or 8GiB";

  public ByteSize {
    if (bytes < 0) {
      throw new FaultException(
          FaultKind.CONFIG,
          "size: found " + bytes + " bytes, expected 0 or more; correct the sign");
    }
  }

  public static ByteSize ofMiB(long mebibytes) {
    return new ByteSize(Math.multiplyExact(mebibytes, 1L << 20));
  }

  /**
   * Reads {@code 64K}, {@code 64KiB}, the same with M, G and T, or plain bytes with or without
   * {@code B}. Decimal units ({@code KB}) are refused because they are read in two ways.
   *
   * @throws FaultException (CONFIG) for any other text and for more than 2^63-1 bytes
   */
  public static ByteSize parse(String text) {
    return tryParse(text)
        .orElseThrow(() ->
            new FaultException(
                FaultKind.CONFIG,
                "size: found '" + text + "', expected " + FORM + "; correct the value"));
  }

  static Optional<ByteSize> tryParse(String text) {
    Matcher m = TEXT.matcher(text);
    if (!m.matches()) {
      return Optional.empty();
    }
    int shift = m.group(2) == null ? 0 : 10 * (UNITS.indexOf(m.group(2)) + 1);
    try {
      return Optional.of(new ByteSize(Math.multiplyExact(Long.parseLong(m.group(1)), 1L << shift)));
    } catch (ArithmeticException | NumberFormatException tooLarge) {
      return Optional.empty();
    }
  }

  public boolean isMultipleOf(long unitBytes) {
    return bytes % unitBytes == 0;
  }

  @Override
  public int compareTo(ByteSize other) {
    return Long.compare(bytes, other.bytes);
  }

  /** The largest unit that divides exactly: {@code 1536MiB}, {@code 1000B}; {@link #parse}able. */
  @Override
  public String toString() {
    for (int unit = UNITS.length(); unit > 0 && bytes > 0; unit--) {
      if (isMultipleOf(1L << (10 * unit))) {
        return (bytes >> (10 * unit)) + UNITS.substring(unit - 1, unit) + "iB";
      }
    }
    return bytes + "B";
  }
}
