package org.nilmigration.checkpoint.log;

import java.lang.foreign.MemorySegment;
import java.util.function.ToLongFunction;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.layout.RecordLayout;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.memory.PauseHelper;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * The owner's end of a log. Owner thread only. An epoch is
 *
 * <pre>
 *   begin(n)  pages(..)*  state(..)+  pages(..)*  commit()  takenAcquire()
 * </pre>
 *
 * and what the guest sent during it may leave only if the last call answered false (rule 5).
 *
 * <p>Invariants: a record is never changed after {@code appended_pos} covered it, until the standby
 * consumed it; epochs are consecutive; the ring always keeps room for one END record, so that a
 * commit never waits.
 */
public final class LogOwner {
  /** Page or state bytes of a record: few enough that the standby begins while more are copied. */
  private static final int DATA_BYTES = 256 << 10;

  /** Fewer page bytes are copied before a second thread is awake. */
  private static final long MANY_BYTES = 1 << 20;

  /** Room kept for END and, before it, the padding that END may need. */
  private static final long END_ROOM = 2 * RecordLayout.recordBytes(RecordLayout.END_PAYLOAD_BYTES);

  private final MappedFile file;
  private final OwnerWords words;
  private final StandbyWords standby;
  private final RecordWriter writer;
  private final PagesRecord first;
  private final PagesRecord second;
  private final RunCutter cutter;
  private final long ringBytes;
  private final int dataMax;

  private long appended;
  private long consumed;
  private long epoch;
  private boolean open;
  private long appliedSeen;
  private boolean torn;
  private long epochStart;
  private int sequence;
  private long stateBytes;

  LogOwner(MappedFile file, LogIdentity id, long ringBytes) {
    this(file, id, ringBytes, new OwnerWords(file));
  }

  LogOwner(MappedFile file, LogIdentity id, long ringBytes, OwnerWords words) {
    this.file = file;
    this.words = words;
    this.standby = new StandbyWords(file);
    this.ringBytes = ringBytes;
    long quarter = ringBytes / 4 / PageRuns.PAGE_BYTES * PageRuns.PAGE_BYTES;
    this.dataMax = (int) Math.min(DATA_BYTES, quarter - PageRuns.PAGE_BYTES);
    this.cutter = new RunCutter(id.memoryBytes(), dataMax);
    this.writer = new RecordWriter(id, file, cutter.runsMax());
    this.first = new PagesRecord(writer);
    this.second = new PagesRecord(new RecordWriter(id, file, cutter.runsMax()));
    this.epoch = id.startEpoch();
    if (words.appendedAcquire() != 0 || words.commitEpochAcquire() != epoch) {
      throw new FaultException(
          FaultKind.UNSAFE,
          file.path()
              + ": epoch log already written: found epoch "
              + words.commitEpochAcquire()
              + ", expected an empty log at epoch "
              + epoch
              + "; a log is never continued: make one with a higher generation or pairing");
    }
  }

  /** Starts an epoch; it must follow the last one, and that must be committed. */
  public void begin(long next) {
    if (open || next != epoch + 1) {
      throw new IllegalStateException(
          "epoch " + next + " cannot begin after " + epoch + (open ? ", which is open" : ""));
    }
    epoch = next;
    open = true;
    torn = false;
    epochStart = appended;
    sequence = 0;
    stateBytes = 0;
  }

  /**
   * Appends the pages of {@code runs}, each copied once from {@code image}, which may change
   * meanwhile. A page appended twice in an epoch has its later content.
   *
   * @param image guest memory, from its first byte
   * @param pressure asked while the ring is full
   */
  public void pages(MemorySegment image, PageRuns runs, BackPressure pressure) {
    pages(image, runs, pressure, null);
  }

  /**
   * The same with a second thread, which writes every other record of many while this one writes
   * its neighbour.
   *
   * @param helper null for none
   */
  public void pages(MemorySegment image, PageRuns runs, BackPressure pressure, PauseHelper helper) {
    enter();
    try {
      boolean many = helper != null && runs.bytes() >= MANY_BYTES;
      cutter.start(runs);
      while (cutter.hasMore()) {
        first.cut(image, cutter);
        beginRecord(first.payloadBytes(), pressure);
        if (many && fitsBeside() && cutter.hasMore()) {
          two(image, helper);
        } else {
          first.run();
          publish(first);
        }
      }
      leave();
    } catch (InternalError e) {
      throw file.fault(e);
    }
  }

  /**
   * Appends device state; several calls in one epoch are pieces of one stream.
   *
   * @param length bytes of {@code state} to take, more than 0
   */
  public void state(MemorySegment state, long length, BackPressure pressure) {
    if (length <= 0 || length > RecordLayout.STATE_BYTES_MAX - stateBytes) {
      throw new IllegalArgumentException(
          "device state of "
              + (stateBytes + length)
              + " bytes: expected 1 to "
              + RecordLayout.STATE_BYTES_MAX);
    }
    enter();
    try {
      for (long done = 0; done < length; ) {
        int take = (int) Math.min(dataMax, length - done);
        beginRecord(take, pressure);
        writer.put(state, done, take);
        publish(writer, RecordLayout.TYPE_STATE, 0);
        done += take;
      }
      stateBytes += length;
      leave();
    } catch (InternalError e) {
      throw file.fault(e);
    }
  }

  /**
   * Ends the epoch and publishes it. On return a full fence lies between the commit and everything
   * that follows. Never waits for the standby.
   *
   * @return position behind the epoch's last record
   */
  public long commit() {
    if (stateBytes == 0) {
      throw new IllegalStateException("epoch " + epoch + " has no device state to resume from");
    }
    enter();
    try {
      padTo(RecordLayout.recordBytes(RecordLayout.END_PAYLOAD_BYTES));
      writer.begin(appended % ringBytes);
      writer.putEnd(sequence, appended - epochStart);
      publish(writer, RecordLayout.TYPE_END, 0);
      words.publishCommit(epoch, appended);
      open = false;
      leave();
      return appended;
    } catch (InternalError e) {
      throw file.fault(e);
    }
  }

  /** Whether the standby has taken the guest over: then release nothing and kill the guest. */
  public boolean takenAcquire() {
    return guarded(StandbyWords::takenAcquire) != 0;
  }

  public boolean standbyAttachedAcquire() {
    return guarded(StandbyWords::attachedAcquire) != 0;
  }

  public boolean standbySyncedAcquire() {
    return guarded(StandbyWords::syncedAcquire) != 0;
  }

  /** The last epoch the standby's image equals, if that is synced. */
  public long appliedEpochAcquire() {
    appliedSeen = guarded(StandbyWords::appliedEpochAcquire);
    return appliedSeen;
  }

  /** The same for people to read: the last one seen, when the log cannot be read any more. */
  public long appliedEpochSeen() {
    try {
      return appliedEpochAcquire();
    } catch (FaultException lost) {
      return appliedSeen;
    }
  }

  /** Ring bytes of the epoch that is open, or of the last one. */
  public long epochBytes() {
    return appended - epochStart;
  }

  /** Whether a record of any size fits behind the one that is begun. */
  private boolean fitsBeside() {
    long next = behindFirst();
    return ringBytes - next % ringBytes >= cutter.recordBytesMax()
        && ringBytes - (next - consumed) >= cutter.recordBytesMax() + END_ROOM;
  }

  private long behindFirst() {
    return appended + RecordLayout.recordBytes(first.payloadBytes());
  }

  /** Writes the record that is begun and the one behind it. */
  private void two(MemorySegment image, PauseHelper helper) {
    second.cut(image, cutter);
    second.writer().begin(behindFirst() % ringBytes);
    helper.both(first, second);
    publish(first);
    publish(second);
  }

  /** Waits for room for a record and starts it there. */
  private void beginRecord(int payload, BackPressure pressure) {
    long size = RecordLayout.recordBytes(payload);
    long toEnd = ringBytes - appended % ringBytes;
    if (toEnd < size) {
      awaitRoom(toEnd, pressure);
      padTo(size);
    }
    awaitRoom(size, pressure);
    writer.begin(appended % ringBytes);
  }

  private void padTo(long size) {
    long toEnd = ringBytes - appended % ringBytes;
    if (toEnd < size) {
      writer.begin(appended % ringBytes);
      writer.skip((int) toEnd - RecordLayout.HEADER_BYTES);
      publish(writer, RecordLayout.TYPE_PAD, 0);
    }
  }

  private void publish(PagesRecord pages) {
    publish(pages.writer(), RecordLayout.TYPE_PAGES, pages.runs());
  }

  /** Record first, then {@code appended_pos} with release: the standby never sees half of one. */
  private void publish(RecordWriter record, int type, int runCount) {
    appended += record.seal(type, epoch, sequence, appended, runCount);
    sequence++;
    words.publishAppended(appended);
  }

  private void awaitRoom(long size, BackPressure pressure) {
    while (ringBytes - (appended - consumed) < size + END_ROOM) {
      long now = standby.consumedAcquire();
      if (now < consumed || now > appended) {
        throw corrupt("consumed position", now, consumed + " to " + appended);
      }
      if (now == consumed) {
        pressure.ringFull();
        file.checkSize();
      }
      consumed = now;
    }
  }

  /**
   * Until {@link #leave} the epoch is torn: whatever is thrown meanwhile, it cannot be committed.
   */
  private void enter() {
    if (!open || torn) {
      throw new IllegalStateException(
          "epoch " + epoch + (open ? " was not appended whole" : " has ended"));
    }
    torn = true;
    file.checkSize();
  }

  private void leave() {
    file.checkSize();
    torn = false;
  }

  /** One look at the standby's page, by a function that captures nothing: it is not allocated. */
  private long guarded(ToLongFunction<StandbyWords> load) {
    try {
      long word = load.applyAsLong(standby);
      file.checkSize();
      return word;
    } catch (InternalError e) {
      throw file.fault(e);
    }
  }

  private FaultException corrupt(String what, long found, String expected) {
    return new FaultException(
        FaultKind.ERROR,
        file.path()
            + ": standby page corrupted: "
            + what
            + ": found "
            + found
            + ", expected "
            + expected
            + "; pair the guest anew");
  }
}
