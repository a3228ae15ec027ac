package org.nilmigration.checkpoint.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nilmigration.checkpoint.layout.LogLayout;
import org.nilmigration.checkpoint.layout.RecordLayout;

/**
 * What must be in memory at the moment a word is published, looked at in that moment.
 *
 * <p>Break it: in {@link LogOwner}, publish {@code appended_pos} before the record is copied, or
 * the commit before END; in {@link OwnerWords#publishCommit}, the word before its line; in {@link
 * LogStandby}, the consumed position before the payload was copied, or the applied epoch before the
 * image was written.
 */
class PublicationOrderTest {
  private static final int PAGES = 40;

  @TempDir Path dir;
  private final List<String> seen = new ArrayList<>();
  private final MemorySegment live = Logs.memory(PAGES);
  private final MemorySegment shadow = Logs.memory(PAGES);
  private final LogIdentity id = Logs.identity(PAGES, true, 0);
  private EpochLog log;
  private MemorySegment file;

  @BeforeEach
  void aLog() {
    log = Logs.create(dir, id, Logs.RING);
    file = log.file().segment();
  }

  @AfterEach
  void close() {
    log.close();
  }

  /** Reads each record when its position is published, and the commit line at its word. */
  private final class CheckedOwnerWords extends OwnerWords {
    private final RecordReader reader = new RecordReader(log.file(), id, Logs.RING);
    private final Chunk payload = Chunk.allocate(Arena.ofAuto(), 20 * Logs.PAGE);
    private long epoch = 1;
    private int sequence;
    private long at;
    private boolean ended;

    CheckedOwnerWords() {
      super(log.file());
    }

    @Override
    void publishAppended(long position) {
      reader.header(at, position, epoch, sequence++);
      if (reader.type() != RecordLayout.TYPE_PAD) {
        reader.payload(payload, 0);
      }
      assertThat(at + reader.recordBytes()).isEqualTo(position);
      at = position;
      ended = reader.type() == RecordLayout.TYPE_END;
      seen.add("appended");
      super.publishAppended(position);
    }

    @Override
    void publishCommitEpoch(long committed) {
      assertThat(committed).isEqualTo(epoch);
      assertThat(ended).as("END appended before the commit").isTrue();
      assertThat(appendedAcquire()).isEqualTo(at);
      Commit before = commitAcquire();
      assertThat(before.epoch()).as("the last commit is whole until the next").isEqualTo(epoch - 1);
      super.publishCommitEpoch(committed);
      assertThat(commitAcquire()).as("line before word").isEqualTo(new Commit(epoch, at));
      epoch++;
      sequence = 0;
      seen.add("committed");
    }
  }

  /** Overwrites whatever the standby gives back, as a fast owner would. */
  private final class GreedyStandbyWords extends StandbyWords {
    private long consumed;

    GreedyStandbyWords() {
      super(log.file());
    }

    @Override
    void publishConsumed(long position) {
      for (long at = consumed; at < position; at += 8) {
        file.set(ValueLayout.JAVA_LONG, LogLayout.RING + at % Logs.RING, 0xdeadL);
      }
      consumed = position;
      super.publishConsumed(position);
    }

    @Override
    void publishApplied(long epoch) {
      assertThat(shadow.toArray(ValueLayout.JAVA_BYTE))
          .as("image before applied epoch")
          .isEqualTo(live.toArray(ValueLayout.JAVA_BYTE));
      seen.add("applied");
      super.publishApplied(epoch);
    }
  }

  @Test
  void everyWordIsPublishedAfterWhatItPromises() {
    LogOwner owner = new LogOwner(log.file(), id, Logs.RING, new CheckedOwnerWords());
    LogStandby standby = new LogStandby(log.file(), id, Logs.RING, new GreedyStandbyWords());
    ImageSink sink = Logs.sink(shadow);
    Random random = new Random(3);
    for (long epoch = 1; epoch <= 30; epoch++) {
      var runs = Logs.runs(random.nextInt(10), 1 + random.nextInt(30));
      Logs.scribble(live, runs, random);
      BackPressure poll = () -> assertThat(standby.poll(sink)).isTrue();
      owner.begin(epoch);
      owner.pages(live, runs, poll);
      MemorySegment state = Logs.bytes("state " + epoch);
      owner.state(state, state.byteSize(), poll);
      owner.commit();
      standby.poll(sink);
      assertThat(standby.appliedEpoch()).isEqualTo(epoch);
      assertThat(Logs.text(standby.state())).isEqualTo("state " + epoch);
    }
    assertThat(seen).contains("appended", "committed", "applied");
  }
}
