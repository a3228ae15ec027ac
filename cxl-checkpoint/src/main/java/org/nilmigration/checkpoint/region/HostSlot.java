package org.nilmigration.checkpoint.region;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.nilmigration.checkpoint.layout.HostSlotLayout;
import org.nilmigration.checkpoint.layout.Names;
import org.nilmigration.checkpoint.layout.Words;
import org.nilmigration.checkpoint.memory.CacheFlush;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.memory.Reserve;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * One host's file in the region, see {@link HostSlotLayout}. The host writes it, all others read.
 * The mapping lives until close.
 */
public final class HostSlot implements AutoCloseable {
  private final MappedFile file;
  private final String host;

  private HostSlot(MappedFile file, String host) {
    this.file = file;
    this.host = host;
  }

  static HostSlot create(Path path, String host, CacheFlush flush) {
    MappedFile file = MappedFile.create(path, HostSlotLayout.FILE_BYTES, Reserve.RESERVED, flush);
    try {
      ByteBuffer header = HostSlotLayout.ENVELOPE.blank();
      Names.put(header, HostSlotLayout.NAME, host);
      HostSlotLayout.ENVELOPE.publish(header, file);
      return new HostSlot(file, host);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  static HostSlot open(Path path, String host, CacheFlush flush) {
    MappedFile file = MappedFile.open(path, HostSlotLayout.FILE_BYTES, flush);
    try {
      ByteBuffer header = HostSlotLayout.ENVELOPE.verified(file);
      String found = Names.get(header, HostSlotLayout.NAME);
      if (!found.equals(host)) {
        throw new FaultException(
            FaultKind.ERROR,
            path
                + ": slot of another host: found '"
                + found
                + "', expected '"
                + host
                + "'; remove the file, the host makes a new one when it starts");
      }
      return new HostSlot(file, host);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  public String host() {
    return host;
  }

  /** The 64 bytes of the heartbeat; the host writes, others read. Valid until close. */
  public MemorySegment beatLine() {
    return file.segment().asSlice(HostSlotLayout.BEAT_LINE, HostSlotLayout.BEAT_LINE_BYTES);
  }

  /** For the host, after it wrote {@link #beatLine}. */
  public void flushBeat() {
    file.cacheFlush()
        .flushNow(file.segment(), HostSlotLayout.BEAT_LINE, HostSlotLayout.BEAT_LINE_BYTES);
  }

  /** The mapping, for its size check. */
  public MappedFile file() {
    return file;
  }

  /** Incarnation of the host's daemon that claimed the slot last. */
  public long incarnationAcquire() {
    return Words.acquire(file.segment(), HostSlotLayout.INCARNATION);
  }

  /** Takes the slot for an incarnation; by the host itself only. */
  void claim(long incarnation) {
    long found = incarnationAcquire();
    if (incarnation < found) {
      throw new FaultException(
          FaultKind.UNSAFE,
          file.path()
              + ": slot claimed by a later incarnation of this host: found "
              + found
              + ", expected at most "
              + incarnation
              + "; two daemons run under the name '"
              + host
              + "': stop one");
    }
    Words.release(file.segment(), HostSlotLayout.INCARNATION, incarnation);
    file.cacheFlush().flushNow(file.segment(), HostSlotLayout.INCARNATION, Long.BYTES);
  }

  @Override
  public void close() {
    file.close();
  }
}
