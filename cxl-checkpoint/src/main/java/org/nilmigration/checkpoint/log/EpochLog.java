package org.nilmigration.checkpoint.log;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.nilmigration.checkpoint.layout.Envelope;
import org.nilmigration.checkpoint.layout.LogLayout;
import org.nilmigration.checkpoint.layout.Names;
import org.nilmigration.checkpoint.memory.CacheFlush;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.memory.Reserve;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * One log file: one pairing of an owner with a standby, see {@link LogLayout}. Opening and closing
 * is any thread's; close after the owner's and the standby's thread let go of it.
 */
public final class EpochLog implements AutoCloseable {
  /** Smallest ring: holds the smallest records that make progress. */
  public static final long RING_BYTES_MIN = 64 << 10;

  private static final long RING_BYTES_MAX = 1L << 40;
  private static final long RING_UNIT = 4096;

  private final MappedFile file;
  private final LogIdentity identity;
  private final long ringBytes;
  private LogOwner owner;
  private LogStandby standby;

  private EpochLog(MappedFile file, LogIdentity identity, long ringBytes) {
    this.file = file;
    this.identity = identity;
    this.ringBytes = ringBytes;
  }

  /** Bytes of the file of a log with such a ring. */
  public static long fileBytes(long ringBytes) {
    return LogLayout.RING + ringBytes;
  }

  /** As the other {@code create}, in memory that goes with this host. */
  public static EpochLog create(Path path, LogIdentity id, long ringBytes) {
    return create(path, id, ringBytes, CacheFlush.NONE);
  }

  /**
   * Makes a log, all memory reserved; its version is published last. For the owner.
   *
   * @param ringBytes a multiple of 4096, at least {@link #RING_BYTES_MIN}
   * @throws FaultException UNAVAILABLE when there is no room for it
   */
  public static EpochLog create(Path path, LogIdentity id, long ringBytes, CacheFlush flush) {
    if (!validRing(ringBytes)) {
      throw new FaultException(
          FaultKind.CONFIG,
          path
              + ": ring of the epoch log: found "
              + ringBytes
              + " bytes, expected a multiple of 4096 from 64KiB to 1TiB; correct epoch.log");
    }
    MappedFile file = MappedFile.create(path, fileBytes(ringBytes), Reserve.RESERVED, flush);
    try {
      new OwnerWords(file).initialise(id.startEpoch());
      new StandbyWords(file).initialise(id.startEpoch(), id.synced());
      ByteBuffer header = LogLayout.ENVELOPE.blank();
      header.putLong(LogLayout.GENERATION, id.generation());
      header.putLong(LogLayout.PAIRING, id.pairing());
      header.putLong(LogLayout.MEMORY_BYTES, id.memoryBytes());
      header.putLong(LogLayout.RING_BYTES, ringBytes);
      header.putLong(LogLayout.START_EPOCH, id.startEpoch());
      header.putInt(LogLayout.START_SYNCED, id.synced() ? 1 : 0);
      Names.put(header, LogLayout.GUEST, id.guest());
      LogLayout.ENVELOPE.publish(header, file);
      return new EpochLog(file, id, ringBytes);
    } catch (InternalError e) {
      FaultException fault = file.fault(e);
      file.unlink();
      file.close();
      throw fault;
    } catch (RuntimeException e) {
      file.unlink();
      file.close();
      throw e;
    }
  }

  /** As the other {@code open}, in memory that goes with this host. */
  public static EpochLog open(Path path) {
    return open(path, CacheFlush.NONE);
  }

  /**
   * Opens a log that exists.
   *
   * @throws FaultException TRY_AGAIN while its header is not ready; ERROR when it is foreign,
   *     truncated, of another version or corrupted
   */
  public static EpochLog open(Path path, CacheFlush flush) {
    MappedFile file = MappedFile.open(path, -1, flush);
    try {
      ByteBuffer header = LogLayout.ENVELOPE.verified(file);
      long ringBytes = header.getLong(LogLayout.RING_BYTES);
      if (!validRing(ringBytes) || file.size() != fileBytes(ringBytes)) {
        throw new FaultException(
            FaultKind.ERROR,
            path
                + ": epoch log of wrong size: found "
                + file.size()
                + " bytes with a ring of "
                + ringBytes
                + ", expected header pages of "
                + LogLayout.RING
                + " bytes and the ring; it was truncated: pair the guest anew");
      }
      return new EpochLog(file, identity(path, header), ringBytes);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /**
   * Takes the guest from whoever owns the log and may still map it, as a standby does: it releases
   * nothing any more. For those who remove a log, or start the guest anew. Needs no valid header.
   * Full fence on return.
   *
   * @throws FaultException when the file cannot be mapped
   */
  public static void depose(Path path, CacheFlush flush) {
    try (MappedFile file = MappedFile.open(path, -1, flush)) {
      if (file.size() >= LogLayout.RING) {
        new StandbyWords(file).publishTaken();
      }
    }
  }

  /** Whether the header of the log at {@code path} has been published; false when none exists. */
  public static boolean ready(Path path) {
    if (!path.toFile().isFile() || path.toFile().length() < LogLayout.RING) {
      return false;
    }
    try (MappedFile file = MappedFile.open(path, -1)) {
      return Envelope.readyAcquire(file.segment());
    } catch (FaultException removedMeanwhile) {
      return false;
    }
  }

  public LogIdentity identity() {
    return identity;
  }

  public long ringBytes() {
    return ringBytes;
  }

  /**
   * The owner's end. A log is written by the reign that made it and never continued.
   *
   * @throws FaultException UNSAFE when somebody appended to it already
   */
  public synchronized LogOwner owner() {
    if (owner == null) {
      owner = new LogOwner(file, identity, ringBytes);
    }
    return owner;
  }

  /** The standby's end. */
  public synchronized LogStandby standby() {
    if (standby == null) {
      standby = new LogStandby(file, identity, ringBytes);
    }
    return standby;
  }

  /**
   * The standby's end for one who goes on where another one ended, who is gone; instead of {@link
   * #standby()}.
   *
   * @throws FaultException UNSAFE when that one's image was never synced; ERROR when the epoch that
   *     it applied last is not in the ring any more
   */
  public synchronized LogStandby standbyAgain() {
    standby = LogStandby.again(file, identity, ringBytes);
    return standby;
  }

  /** How far owner and standby are, read only. */
  public LogProgress progress() {
    return new LogProgress(file);
  }

  public MappedFile file() {
    return file;
  }

  @Override
  public synchronized void close() {
    if (standby != null) {
      standby.release();
    }
    file.close();
  }

  private static LogIdentity identity(Path path, ByteBuffer header) {
    try {
      return new LogIdentity(
          Names.get(header, LogLayout.GUEST),
          header.getLong(LogLayout.GENERATION),
          header.getLong(LogLayout.PAIRING),
          header.getLong(LogLayout.MEMORY_BYTES),
          header.getInt(LogLayout.START_SYNCED) == 1,
          header.getLong(LogLayout.START_EPOCH));
    } catch (IllegalArgumentException e) {
      throw new FaultException(
          FaultKind.ERROR,
          path
              + ": header of the epoch log makes no sense: "
              + e.getMessage()
              + "; pair the guest anew",
          e);
    }
  }

  private static boolean validRing(long ringBytes) {
    return ringBytes >= RING_BYTES_MIN && ringBytes <= RING_BYTES_MAX && ringBytes % RING_UNIT == 0;
  }
}
