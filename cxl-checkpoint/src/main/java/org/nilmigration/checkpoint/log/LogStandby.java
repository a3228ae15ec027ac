package org.nilmigration.checkpoint.log;

import java.lang.foreign.MemorySegment;
import java.util.function.LongSupplier;
import org.nilmigration.checkpoint.layout.RecordLayout;
import org.nilmigration.checkpoint.layout.Words;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * The standby's end of a log. Standby thread only.
 *
 * <p>Invariants, once synced: the image equals one whole committed epoch, {@link #appliedEpoch()},
 * whose device state is {@link #state()}; every record of an epoch was verified in private memory
 * before any of it is written to the image; an epoch that is not committed is never written.
 *
 * <p>Records are read, verified and kept in private memory as they come, so a takeover finds most
 * of its work done. Their place in the ring is given back when their epoch was applied, or earlier
 * when they fill more than half of it (an epoch may be larger than the ring). Before the first
 * epoch is applied the image equals nothing, so pages go there at once and are not kept.
 */
public final class LogStandby {
  private static final long END_BYTES = RecordLayout.recordBytes(RecordLayout.END_PAYLOAD_BYTES);

  private final MappedFile file;
  private final long ringBytes;
  private final long startEpoch;
  private final OwnerWords owner;
  private final StandbyWords words;
  private final RecordReader reader;
  private final EpochStage stage = new EpochStage();
  private final long[] commit = new long[2];

  private StateCopy state = new StateCopy();
  private StateCopy nextState = new StateCopy();
  private boolean synced;
  private long committed;
  private long committedEnd;
  private long appliedEpoch;
  private long epochStart;
  private long next;
  private long consumed;
  private int sequence;
  private boolean sealed;
  private boolean taken;
  private boolean recovered;
  private boolean torn;

  LogStandby(MappedFile file, LogIdentity id, long ringBytes) {
    this(file, id, ringBytes, new StandbyWords(file));
  }

  LogStandby(MappedFile file, LogIdentity id, long ringBytes, StandbyWords words) {
    this.file = file;
    this.words = words;
    this.ringBytes = ringBytes;
    this.startEpoch = id.startEpoch();
    this.owner = new OwnerWords(file);
    this.reader = new RecordReader(file, id, ringBytes);
    this.appliedEpoch = startEpoch;
    this.synced = id.synced();
  }

  /**
   * One who goes on where another standby ended, from the beginning of the epoch that it applied
   * last: that epoch's device state was its own, and is read again.
   *
   * @throws FaultException UNSAFE when the image was never synced; ERROR when that epoch is not in
   *     the ring any more
   */
  static LogStandby again(MappedFile file, LogIdentity id, long ringBytes) {
    LogStandby standby = new LogStandby(file, id, ringBytes);
    var unused =
        standby.guarded(() -> {
          standby.rewind();
          return 0;
        });
    return standby;
  }

  private void rewind() {
    synced = words.syncedAcquire() != 0;
    long applied = words.appliedEpochAcquire();
    long end = words.consumedAcquire() - END_BYTES;
    if (!synced) {
      throw neverSynced();
    }
    if (applied == startEpoch) {
      return;
    }
    reader.header(end, end + END_BYTES, applied, RecordReader.ANY_SEQUENCE);
    reader.expect("type", reader.type(), RecordLayout.TYPE_END);
    Chunk payload = stage.room(RecordLayout.END_PAYLOAD_BYTES);
    reader.payload(payload, stage.offset());
    long bytes = Words.plain(payload.memory(), stage.offset() + RecordLayout.END_BYTES);
    if (bytes < 0 || bytes > end || owner.appendedAcquire() - (end - bytes) > ringBytes) {
      throw reader.corrupt("bytes of the epoch", bytes, "an epoch that is in the ring still");
    }
    epochStart = end - bytes;
    next = epochStart;
    consumed = epochStart;
    appliedEpoch = applied - 1;
  }

  /**
   * Tells the owner that this standby follows the log.
   *
   * @throws FaultException UNSAFE when a standby did already: a log is not followed twice
   */
  public void publishAttached() {
    if (guarded(words::attachedAcquire) != 0) {
      throw new FaultException(
          FaultKind.UNSAFE,
          file.path()
              + ": epoch log already followed: found the word of another standby, expected none;"
              + " pair the guest anew");
    }
    store(words::publishAttached);
  }

  /** Takes the guest over: from here on the owner releases nothing. Full fence on return. */
  public void publishTaken() {
    store(words::publishTaken);
    taken = true;
  }

  /**
   * Applies what is committed and reads ahead in what is not; before the first sync also applies
   * what is not committed.
   *
   * @return whether there was anything to do
   * @throws FaultException when the log is corrupted; the image then stands at {@link
   *     #appliedEpoch()} and this throws again
   */
  public boolean poll(ImageSink sink) {
    requireUsable();
    if (recovered) {
      throw new IllegalStateException("the guest was taken over, its image is no longer a shadow");
    }
    try {
      file.checkSize();
      commit();
      long progress = advance(sink, false);
      file.checkSize();
      return progress != 0;
    } catch (InternalError e) {
      throw file.fault(e);
    }
  }

  /**
   * Applies exactly through the last commit and forgets everything after it. Call after {@link
   * #publishTaken()}; the owner may be alive and go on writing, to no effect.
   *
   * @return the epoch that image and {@link #state()} now equal
   * @throws FaultException UNSAFE when no epoch was ever whole here; ERROR when a committed epoch
   *     is corrupted: image and state then stand at {@link #appliedEpoch()}
   */
  public long recover(ImageSink sink) {
    requireUsable();
    if (!taken) {
      throw new IllegalStateException("recover before taken was published");
    }
    guarded(() -> {
      commit();
      if (!synced && committed == startEpoch) {
        throw neverSynced();
      }
      long progress = advance(sink, true);
      reader.expect("last whole epoch", appliedEpoch, committed);
      return progress;
    });
    recovered = true;
    stage.clear();
    nextState.clear();
    return appliedEpoch;
  }

  public long commitEpochAcquire() {
    return guarded(owner::commitEpochAcquire);
  }

  /** The epoch the image equals; before the first sync the start epoch, which means nothing. */
  public long appliedEpoch() {
    return appliedEpoch;
  }

  public boolean synced() {
    return synced;
  }

  /**
   * Private copy of the device state of {@link #appliedEpoch()}, exact length; empty while no epoch
   * of this log was applied. Valid until the next call that applies an epoch.
   */
  public MemorySegment state() {
    return state.view();
  }

  void release() {
    stage.release();
  }

  /** Reads records up to what is appended (or committed, to recover) and applies whole epochs. */
  private long advance(ImageSink sink, boolean committedOnly) {
    long appended = owner.appendedAcquire();
    if (committedEnd > appended
        || appended < next
        || appended - consumed > ringBytes
        || committed < appliedEpoch) {
      throw corruptWord(
          "commit of epoch " + committed + " at " + committedEnd + ", appended position",
          appended,
          "a position from "
              + Math.max(next, committedEnd)
              + " to "
              + (consumed + ringBytes)
              + ", epoch from "
              + appliedEpoch);
    }
    long limit = committedOnly ? committedEnd : appended;
    long progress = 0;
    while (true) {
      if (sealed) {
        if (appliedEpoch + 1 > committed) {
          return progress;
        }
        apply(sink);
      } else if (next < limit) {
        readRecord(sink, limit);
      } else {
        return progress;
      }
      progress++;
      if (appended - consumed > ringBytes / 2 || !synced) {
        consume();
      }
    }
  }

  private void readRecord(ImageSink sink, long limit) {
    reader.header(next, limit, appliedEpoch + 1, sequence);
    switch (reader.type()) {
      case RecordLayout.TYPE_PAGES -> readPages(sink);
      case RecordLayout.TYPE_STATE -> readState();
      case RecordLayout.TYPE_END -> readEnd();
      default -> {
        // padding has no payload
      }
    }
    next += reader.recordBytes();
    sequence++;
  }

  private void readPages(ImageSink sink) {
    reader.payload(stage.room(reader.payloadLength()), stage.offset());
    stage.add(reader.payloadLength(), reader.runCount());
    if (!synced) {
      file.checkSize();
      stage.apply(sink);
      stage.clear();
    }
  }

  private void readState() {
    if (nextState.length() + reader.payloadLength() > RecordLayout.STATE_BYTES_MAX) {
      throw reader.corrupt(
          "device state bytes",
          nextState.length() + reader.payloadLength(),
          "at most " + RecordLayout.STATE_BYTES_MAX);
    }
    reader.payload(nextState.room(reader.payloadLength()), nextState.length());
    nextState.add(reader.payloadLength());
  }

  private void readEnd() {
    MemorySegment end = stage.room(RecordLayout.END_PAYLOAD_BYTES).memory();
    long at = stage.offset();
    reader.payload(stage.room(RecordLayout.END_PAYLOAD_BYTES), stage.offset());
    reader.expect(
        "records of the epoch", Words.plain(end, at + RecordLayout.END_RECORDS), sequence);
    reader.expect(
        "bytes of the epoch", Words.plain(end, at + RecordLayout.END_BYTES), next - epochStart);
    if (nextState.length() == 0) {
      throw reader.corrupt("device state bytes", 0, "at least 1");
    }
    sealed = true;
  }

  /** The epoch is whole, verified and committed: image, state, then the words. */
  private void apply(ImageSink sink) {
    long epoch = appliedEpoch + 1;
    if (epoch == committed) {
      reader.expect("end of the last committed epoch", next, committedEnd);
    }
    file.checkSize();
    torn = true;
    stage.apply(sink);
    file.checkSize();
    torn = false;
    stage.clear();
    StateCopy spare = state;
    state = nextState;
    nextState = spare;
    nextState.clear();
    appliedEpoch = epoch;
    sealed = false;
    sequence = 0;
    epochStart = next;
    words.publishApplied(epoch);
    if (!synced) {
      synced = true;
      words.publishSynced(true);
    }
    consume();
  }

  private void consume() {
    consumed = next;
    words.publishConsumed(next);
  }

  /** Looks at the last commit. */
  private void commit() {
    if (!owner.commitAcquire(commit)) {
      throw corruptWord("commit line of epoch", owner.commitEpochAcquire(), "one whose CRC holds");
    }
    committed = commit[0];
    committedEnd = commit[1];
  }

  private void requireUsable() {
    if (torn) {
      throw new FaultException(
          FaultKind.ERROR,
          file.path()
              + ": the image is torn: found epoch "
              + (appliedEpoch + 1)
              + " written in part, expected the whole; an earlier fault says why: pair the guest"
              + " anew");
    }
  }

  private FaultException corruptWord(String what, long found, String expected) {
    return new FaultException(
        FaultKind.ERROR,
        file.path()
            + ": owner page corrupted: "
            + what
            + ": found "
            + found
            + ", expected "
            + expected
            + "; the image stands at epoch "
            + appliedEpoch
            + ": check the memory device, then pair the guest anew");
  }

  private FaultException neverSynced() {
    return new FaultException(
        FaultKind.UNSAFE,
        file.path()
            + ": nothing to take over: found no committed epoch after "
            + startEpoch
            + " and an image that was never synced, expected at least one; the guest must be"
            + " started anew");
  }

  private void store(Runnable publish) {
    guarded(() -> {
      publish.run();
      return 0;
    });
  }

  /** The loads and stores of {@code batch} either met memory or end in a fault. */
  private long guarded(LongSupplier batch) {
    try {
      file.checkSize();
      long result = batch.getAsLong();
      file.checkSize();
      return result;
    } catch (InternalError e) {
      throw file.fault(e);
    }
  }
}
