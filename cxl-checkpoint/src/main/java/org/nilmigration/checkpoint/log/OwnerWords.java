package org.nilmigration.checkpoint.log;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.nilmigration.checkpoint.layout.LogLayout;
import org.nilmigration.checkpoint.layout.Words;
import org.nilmigration.checkpoint.memory.CacheFlush;
import org.nilmigration.checkpoint.memory.MappedFile;

/**
 * The owner page of a log: written by the owner, read by both. Publication order of a commit:
 *
 * <ol>
 *   <li>the epoch's records, flushed, and {@code appended_pos} (release),
 *   <li>the commit line of this epoch's parity: epoch, position, CRC (plain),
 *   <li>both flushed, and all of this drained,
 *   <li>{@code commit_epoch} (release), flushed and drained,
 *   <li>a full fence, before the owner looks at the standby's taken word.
 * </ol>
 */
class OwnerWords {
  private static final int COMMIT_READS_MAX = 1000;

  private final MemorySegment log;
  private final CacheFlush flush;
  private final ByteBuffer line = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
  private final CRC32C crc = new CRC32C();

  OwnerWords(MappedFile file) {
    this(file.segment(), file.cacheFlush());
  }

  OwnerWords(MemorySegment log, CacheFlush flush) {
    this.log = log;
    this.flush = flush;
  }

  /** By the creator, before the log's version is published. */
  void initialise(long startEpoch) {
    publishCommit(startEpoch, 0);
  }

  void publishAppended(long position) {
    Words.release(log, LogLayout.APPENDED_POS, position);
  }

  long appendedAcquire() {
    return Words.acquire(log, LogLayout.APPENDED_POS);
  }

  /** Steps 2 to 5 above. On return every look at the standby's page comes after the commit. */
  void publishCommit(long epoch, long position) {
    long at = commitLine(epoch);
    Words.plain(log, at + LogLayout.COMMIT_LINE_EPOCH, epoch);
    Words.plain(log, at + LogLayout.COMMIT_LINE_POS, position);
    Words.plain(log, at + LogLayout.COMMIT_LINE_CRC, crc(epoch, position));
    flush.flush(log, LogLayout.APPENDED_POS, Long.BYTES);
    flush.flush(log, at, LogLayout.COMMIT_LINE_CRC + Long.BYTES);
    flush.drain();
    publishCommitEpoch(epoch);
    flush.flushNow(log, LogLayout.COMMIT_EPOCH, Long.BYTES);
    VarHandle.fullFence();
  }

  void publishCommitEpoch(long epoch) {
    Words.release(log, LogLayout.COMMIT_EPOCH, epoch);
  }

  long commitEpochAcquire() {
    return Words.acquire(log, LogLayout.COMMIT_EPOCH);
  }

  /**
   * The last commit, whole. The owner rewrites a line only two commits later, so a line that does
   * not fit its word is read again while the word changes.
   *
   * @return null when the line does not fit although the word stands still: it is corrupted
   */
  Commit commitAcquire() {
    long[] commit = new long[2];
    return commitAcquire(commit) ? new Commit(commit[0], commit[1]) : null;
  }

  /**
   * As the other one, without an object.
   *
   * @param into becomes epoch and position
   * @return false instead of null
   */
  boolean commitAcquire(long[] into) {
    long epoch = commitEpochAcquire();
    for (int i = 0; i < COMMIT_READS_MAX; i++) {
      long at = commitLine(epoch);
      long lineEpoch = Words.plain(log, at + LogLayout.COMMIT_LINE_EPOCH);
      long position = Words.plain(log, at + LogLayout.COMMIT_LINE_POS);
      long lineCrc = Words.plain(log, at + LogLayout.COMMIT_LINE_CRC);
      if (lineEpoch == epoch && lineCrc == crc(epoch, position)) {
        into[0] = epoch;
        into[1] = position;
        return true;
      }
      VarHandle.acquireFence();
      long again = commitEpochAcquire();
      if (again == epoch) {
        return false;
      }
      epoch = again;
    }
    return false;
  }

  private static long commitLine(long epoch) {
    return (epoch & 1) == 0 ? LogLayout.COMMIT_EVEN : LogLayout.COMMIT_ODD;
  }

  private long crc(long epoch, long position) {
    line.putLong(0, epoch).putLong(8, position);
    crc.reset();
    crc.update(line.array());
    return crc.getValue();
  }
}
