package org.nilmigration.checkpoint.layout;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.nilmigration.checkpoint.memory.CacheFlush;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * The first 24 bytes that all immutable structures of the region share, and the two things done
 * with them. Readable without decoding what follows:
 *
 * <pre>
 *   0   magic      u64  eight ASCII letters
 *   8   version    u32  written last, with release; 0 = not ready
 *   12  length     u32  bytes that the CRC covers, this envelope included
 *   16  crc32c     u32  of those bytes, with this field taken as 0
 *   20  reserved   u32  0
 * </pre>
 *
 * @param what the structure's name in sentences
 * @param magic its eight ASCII letters
 * @param version the one this code reads and writes
 * @param length bytes covered by the CRC
 */
public record Envelope(String what, String magic, int version, int length) {
  public static final int MAGIC = 0;
  public static final int VERSION = 8;
  public static final int LENGTH = 12;
  public static final int CRC = 16;
  public static final int RESERVED = 20;

  /** First byte of the structure's own fields. */
  public static final int BODY = 24;

  public Envelope {
    if (magic.length() != Long.BYTES || length < BODY) {
      throw new IllegalArgumentException("bad envelope of " + what);
    }
  }

  /** A private buffer of the structure's length, zeros, little-endian: fill it, then publish. */
  public ByteBuffer blank() {
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Writes everything but the version, then the version with release: a reader sees all or none,
   * also one that comes after this host has crashed.
   */
  public void publish(ByteBuffer filled, MappedFile file) {
    MemorySegment target = file.segment();
    CacheFlush flush = file.cacheFlush();
    filled.putLong(MAGIC, magicWord());
    filled.putInt(VERSION, version);
    filled.putInt(LENGTH, length);
    filled.putInt(CRC, crc(filled));
    MemorySegment source = MemorySegment.ofBuffer(filled.rewind());
    MemorySegment.copy(source, 0, target, 0, VERSION);
    MemorySegment.copy(source, LENGTH, target, LENGTH, (long) length - LENGTH);
    flush.flushNow(target, 0, length);
    Words.releaseInt(target, VERSION, version);
    flush.flushNow(target, VERSION, Integer.BYTES);
  }

  /** Whether the version has been published. */
  public static boolean readyAcquire(MemorySegment structure) {
    return structure.byteSize() >= BODY && Words.acquireInt(structure, VERSION) != 0;
  }

  /**
   * A private, verified copy of the structure at the start of {@code file}.
   *
   * @throws FaultException TRY_AGAIN when it is not ready; ERROR when it is foreign, of another
   *     version, truncated or corrupted
   */
  public ByteBuffer verified(MappedFile file) {
    if (file.size() < length) {
      throw fault(file, "it is truncated", file.size() + " bytes", length + " bytes or more");
    }
    try {
      file.checkSize();
      int version = Words.acquireInt(file.segment(), VERSION);
      ByteBuffer copy = blank();
      MemorySegment.copy(file.segment(), 0, MemorySegment.ofBuffer(copy), 0, length);
      file.checkSize();
      check(file, version, copy);
      return copy;
    } catch (InternalError e) {
      throw file.fault(e);
    }
  }

  private void check(MappedFile file, int version, ByteBuffer copy) {
    long found = copy.getLong(MAGIC);
    if (version == 0 && (found == 0 || found == magicWord())) {
      throw new FaultException(
          FaultKind.TRY_AGAIN,
          file.path()
              + ": "
              + what
              + " is not ready: found version 0, expected "
              + this.version
              + "; it is being made, or its maker died: try again, then remove the file");
    }
    if (found != magicWord()) {
      throw fault(file, "it is foreign", "magic " + text(found), "'" + magic + "'");
    }
    if (version != this.version) {
      throw new FaultException(
          FaultKind.ERROR,
          file.path()
              + ": "
              + what
              + " is of "
              + (version > this.version ? "a newer" : "an unknown")
              + " version: found "
              + version
              + ", expected "
              + this.version
              + "; use the release that wrote it, or format a new region");
    }
    if (copy.getInt(LENGTH) != length) {
      throw fault(file, "its length is wrong", copy.getInt(LENGTH) + "", length + "");
    }
    int crc = copy.getInt(CRC);
    int computed = crc(copy);
    if (crc != computed) {
      throw fault(file, "it is corrupted", "CRC32C " + hex(crc), hex(computed));
    }
  }

  private FaultException fault(MappedFile file, String verdict, String found, String expected) {
    return new FaultException(
        FaultKind.ERROR,
        file.path()
            + ": no valid "
            + what
            + ", "
            + verdict
            + ": found "
            + found
            + ", expected "
            + expected
            + "; nothing was changed: point to the right region, or remove this file and let it"
            + " be made anew");
  }

  private int crc(ByteBuffer structure) {
    CRC32C crc = new CRC32C();
    crc.update(structure.duplicate().limit(CRC).rewind());
    crc.update(new byte[Integer.BYTES]);
    crc.update(structure.duplicate().limit(length).position(RESERVED));
    return (int) crc.getValue();
  }

  private long magicWord() {
    return ByteBuffer.wrap(magic.getBytes(StandardCharsets.US_ASCII))
        .order(ByteOrder.LITTLE_ENDIAN)
        .getLong();
  }

  private static String text(long word) {
    byte[] bytes = new byte[Long.BYTES];
    MemorySegment.ofArray(bytes).set(ValueLayout.JAVA_LONG_UNALIGNED, 0, word);
    for (byte b : bytes) {
      if (b < ' ' || b > '~') {
        return "0x" + Long.toHexString(word);
      }
    }
    return "'" + new String(bytes, StandardCharsets.US_ASCII) + "'";
  }

  private static String hex(int word) {
    return "0x" + Integer.toHexString(word);
  }
}
