package org.nilmigration.checkpoint.handoff;

import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.LongSupplier;
import org.nilmigration.checkpoint.layout.Envelope;
import org.nilmigration.checkpoint.layout.HandoffLayout;
import org.nilmigration.checkpoint.layout.Names;
import org.nilmigration.checkpoint.layout.Words;
import org.nilmigration.checkpoint.memory.CacheFlush;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.memory.Reserve;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * One handoff area, see {@link HandoffLayout}. Made by the source, opened by the target and by
 * whoever has to find out how an attempt ended. The two words may be read by any thread; close
 * after the source's and the target's thread let go of it.
 */
public final class HandoffArea implements AutoCloseable {
  /** Device states are 50 to 300 KB; one that does not fit is refused, and the guest stays. */
  static final long STATE_CAPACITY = 8 << 20;

  /** More runs than this are published as fewer, longer ones. */
  static final long RUNS_CAPACITY = 32 << 10;

  private static final long CAPACITY_MAX = 1L << 30;

  private final MappedFile file;
  private final HandoffIdentity identity;
  private final long stateCapacity;
  private final long runsCapacity;
  private volatile boolean abandoned;

  private HandoffArea(
      MappedFile file, HandoffIdentity identity, long stateCapacity, long runsCapacity) {
    this.file = file;
    this.identity = identity;
    this.stateCapacity = stateCapacity;
    this.runsCapacity = runsCapacity;
  }

  /** Bytes of a file that {@link #create} makes. */
  public static long fileBytes() {
    return fileBytes(STATE_CAPACITY, RUNS_CAPACITY);
  }

  private static long fileBytes(long stateCapacity, long runsCapacity) {
    return HandoffLayout.STATE + stateCapacity + runsCapacity * HandoffLayout.RUN_BYTES;
  }

  /** As the other {@code create}, in memory that goes with this host. */
  public static HandoffArea create(Path path, HandoffIdentity id) {
    return create(path, id, CacheFlush.NONE);
  }

  /**
   * Makes an area, all memory reserved; its version is published last. For the source.
   *
   * @throws FaultException UNAVAILABLE when there is no room for it
   */
  public static HandoffArea create(Path path, HandoffIdentity id, CacheFlush flush) {
    return create(path, id, STATE_CAPACITY, RUNS_CAPACITY, flush);
  }

  static HandoffArea create(
      Path path, HandoffIdentity id, long stateCapacity, long runsCapacity, CacheFlush flush) {
    MappedFile file =
        MappedFile.create(path, fileBytes(stateCapacity, runsCapacity), Reserve.RESERVED, flush);
    try {
      ByteBuffer header = HandoffLayout.ENVELOPE.blank();
      header.putLong(HandoffLayout.GENERATION, id.generation());
      header.putLong(HandoffLayout.ATTEMPT, id.attempt());
      header.putLong(HandoffLayout.MEMORY_BYTES, id.memoryBytes());
      header.putLong(HandoffLayout.STATE_CAPACITY, stateCapacity);
      header.putLong(HandoffLayout.RUNS_CAPACITY, runsCapacity);
      Names.put(header, HandoffLayout.GUEST, id.guest());
      HandoffLayout.ENVELOPE.publish(header, file);
      return new HandoffArea(file, id, stateCapacity, runsCapacity);
    } catch (InternalError e) {
      FaultException fault = file.fault(e);
      file.unlink();
      file.close();
      throw fault;
    }
  }

  /** As the other {@code open}, in memory that goes with this host. */
  public static HandoffArea open(Path path) {
    return open(path, CacheFlush.NONE);
  }

  /**
   * Opens an area that exists.
   *
   * @throws FaultException TRY_AGAIN while its header is not ready; ERROR when it is foreign,
   *     truncated, of another version or corrupted
   */
  public static HandoffArea open(Path path, CacheFlush flush) {
    MappedFile file = MappedFile.open(path, -1, flush);
    try {
      ByteBuffer header = HandoffLayout.ENVELOPE.verified(file);
      long state = header.getLong(HandoffLayout.STATE_CAPACITY);
      long runs = header.getLong(HandoffLayout.RUNS_CAPACITY);
      boolean valid = isCapacity(state) && isCapacity(runs) && state % 16 == 0;
      if (!valid || file.size() != fileBytes(state, runs)) {
        throw new FaultException(
            FaultKind.ERROR,
            path
                + ": handoff area of wrong size: found "
                + file.size()
                + " bytes with room for "
                + state
                + " bytes of state and "
                + runs
                + " runs, expected both and three pages; it was truncated: migrate again");
      }
      return new HandoffArea(file, identity(path, header), state, runs);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** Whether the header of the area at {@code path} has been published; false when none exists. */
  public static boolean ready(Path path) {
    if (!path.toFile().isFile() || path.toFile().length() < HandoffLayout.STATE) {
      return false;
    }
    try (MappedFile file = MappedFile.open(path, -1)) {
      return Envelope.readyAcquire(file.segment());
    } catch (FaultException removedMeanwhile) {
      return false;
    }
  }

  public HandoffIdentity identity() {
    return identity;
  }

  /** The source's end; one for the whole attempt. */
  public AreaSource source() {
    return new AreaSource(this, new AreaWords(file));
  }

  /** The target's end; one for the whole attempt. */
  public AreaTarget target() {
    return new AreaTarget(this, new AreaWords(file));
  }

  /** How far the source is. */
  public HandoffSource sourceAcquire() {
    long word = guarded(() -> Words.acquire(file.segment(), HandoffLayout.SOURCE));
    HandoffSource source = HandoffSource.of(word);
    if (source == null) {
      throw corrupt("source word", word, "0 to 3");
    }
    return source;
  }

  /** How far the target is. */
  public HandoffTarget targetAcquire() {
    long word = guarded(() -> Words.acquire(file.segment(), HandoffLayout.TARGET));
    HandoffTarget target = HandoffTarget.of(word);
    if (target == null) {
      throw corrupt("target word", word, "0 to 4");
    }
    return target;
  }

  /**
   * Takes RELEASED back, for the source whose target seems dead. The target says RUNNING, then
   * looks at the source's word; the source says ABORTED, then looks at the target's: whichever
   * order memory chooses, not both go on from the same image.
   *
   * @return true when the target has not run the guest and never will; false when it may have
   */
  public boolean revoke() {
    guarded(() -> {
      new AreaWords(file).publishSource(HandoffSource.ABORTED);
      VarHandle.fullFence();
      return 0;
    });
    return targetAcquire() != HandoffTarget.RUNNING;
  }

  /** Source's host: the target is known to be gone, so that nobody waits for it. Any thread. */
  public void abandon() {
    abandoned = true;
  }

  public boolean isAbandoned() {
    return abandoned;
  }

  public MappedFile file() {
    return file;
  }

  long stateCapacity() {
    return stateCapacity;
  }

  long runsCapacity() {
    return runsCapacity;
  }

  long runsOffset() {
    return HandoffLayout.STATE + stateCapacity;
  }

  /** The loads and stores of {@code batch} either met memory or end in a fault. */
  long guarded(LongSupplier batch) {
    try {
      file.checkSize();
      long result = batch.getAsLong();
      file.checkSize();
      return result;
    } catch (InternalError e) {
      throw file.fault(e);
    }
  }

  FaultException corrupt(String what, long found, String expected) {
    return new FaultException(
        FaultKind.ERROR,
        file.path()
            + ": handoff area corrupted: "
            + what
            + ": found "
            + found
            + ", expected "
            + expected
            + "; check the memory device, then migrate again");
  }

  @Override
  public void close() {
    file.close();
  }

  private static HandoffIdentity identity(Path path, ByteBuffer header) {
    try {
      return new HandoffIdentity(
          Names.get(header, HandoffLayout.GUEST),
          header.getLong(HandoffLayout.GENERATION),
          header.getLong(HandoffLayout.ATTEMPT),
          header.getLong(HandoffLayout.MEMORY_BYTES));
    } catch (IllegalArgumentException e) {
      throw new FaultException(
          FaultKind.ERROR,
          path
              + ": header of the handoff area makes no sense: "
              + e.getMessage()
              + "; migrate again",
          e);
    }
  }

  private static boolean isCapacity(long value) {
    return value > 0 && value <= CAPACITY_MAX;
  }
}
