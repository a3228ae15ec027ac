package org.nilmigration.checkpoint.handoff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.layout.HandoffLayout;
import org.nilmigration.checkpoint.memory.CacheFlush;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * What passes through an area, in which order it is published, and that nothing in it is believed.
 *
 * <p>Break it: leave out a check of {@link AreaTarget}, or publish a word of {@link AreaSource}
 * before what it promises.
 */
class HandoffAreaTest {
  private static final long PAGE = PageRuns.PAGE_BYTES;
  private static final HandoffIdentity ID = new HandoffIdentity("vm1", 3, 4, 16 * PAGE);
  private static final MemorySegment STATE = bytes("the state of a guest, in three pieces");

  @TempDir Path dir;
  private HandoffArea mine;
  private HandoffArea theirs;
  private AreaSource source;
  private AreaTarget target;

  @BeforeEach
  void make() {
    mine = HandoffArea.create(path(), ID, 256, 4, CacheFlush.NONE);
    theirs = HandoffArea.open(path());
    source = mine.source();
    target = theirs.target();
  }

  @AfterEach
  void close() {
    theirs.close();
    mine.close();
  }

  private Path path() {
    return dir.resolve("area");
  }

  private static MemorySegment bytes(String text) {
    return Arena.ofAuto().allocateFrom(text).asSlice(0, text.length());
  }

  private static String text(MemorySegment bytes) {
    return new String(bytes.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
  }

  private static PageRuns runs(long... pageAndCount) {
    PageRuns runs = new PageRuns();
    for (int i = 0; i < pageAndCount.length; i += 2) {
      runs.add(pageAndCount[i] * PAGE, pageAndCount[i + 1] * PAGE);
    }
    return runs;
  }

  private static long end(PageRuns runs) {
    return runs.start(runs.count() - 1) + runs.length(runs.count() - 1);
  }

  @Test
  void stateComesPieceByPieceAndIsWholeAtReady() {
    assertThat(theirs.identity()).isEqualTo(ID);
    assertThat(target.sourceAcquire()).isEqualTo(HandoffSource.NONE);
    assertThat(target.nextState().byteSize()).isZero();
    source.stream(STATE, 9);
    assertThat(text(target.nextState())).isEqualTo("the state");
    assertThat(target.nextState().byteSize()).isZero();
    source.stream(STATE, 10);
    source.stream(STATE, 10);
    source.stream(STATE, STATE.byteSize());
    source.publishReady(12, 34_567);
    assertThat(target.sourceAcquire()).isEqualTo(HandoffSource.READY);
    assertThat(target.wholeState()).isFalse();
    assertThat(text(target.nextState())).isEqualTo(" ");
    assertThat(text(target.nextState())).isEqualTo("of a guest, in three pieces");
    assertThat(target.wholeState()).isTrue();
    assertThat(target.epoch()).isEqualTo(12);
    assertThat(target.stopNanos()).isEqualTo(34_567);
  }

  @Test
  void everyWordIsSeenByTheOtherSide() {
    for (HandoffTarget t : HandoffTarget.values()) {
      target.publish(t);
      assertThat(source.targetAcquire()).isEqualTo(t);
    }
    source.publishReleased();
    assertThat(target.sourceAcquire()).isEqualTo(HandoffSource.RELEASED);
    source.publishAborted();
    assertThat(target.sourceAcquire()).isEqualTo(HandoffSource.ABORTED);
  }

  @Test
  void writtenPagesComeAfterTheStateAndNeverFewerThanThereAre() {
    assertThat(target.written()).isEmpty();
    source.publishWritten(runs());
    assertThat(target.written().orElseThrow().count()).isZero();
    source.publishWritten(runs(1, 2, 5, 1));
    PageRuns seen = target.written().orElseThrow();
    assertThat(seen.count()).isEqualTo(2);
    assertThat(seen.start(1)).isEqualTo(5 * PAGE);
    source.publishWritten(runs(0, 1, 2, 1, 4, 1, 6, 1, 8, 1, 15, 1));
    seen = target.written().orElseThrow();
    assertThat(seen.count()).as("no more than there is room for").isEqualTo(4);
    assertThat(seen.start(3)).isEqualTo(6 * PAGE);
    assertThat(end(seen)).as("the last one spans the rest").isEqualTo(16 * PAGE);
  }

  /** What must be in memory at the moment a word is published, looked at in that moment. */
  @Test
  void everyWordIsPublishedAfterWhatItPromises() {
    AreaWords checked =
        new AreaWords(mine.file()) {
          @Override
          void publishStreamed(long position) {
            assertThat(target.nextState().byteSize()).as("not before the word").isZero();
            super.publishStreamed(position);
            assertThat(target.nextState().byteSize()).isPositive();
          }

          @Override
          void publishSource(HandoffSource word) {
            if (word == HandoffSource.READY) {
              assertThat(target.wholeState()).isTrue();
              assertThat(target.epoch()).isEqualTo(7);
              assertThat(target.stopNanos()).isEqualTo(8);
            }
            super.publishSource(word);
          }

          @Override
          void publishWrittenWord() {
            assertThat(target.written()).isEmpty();
            super.publishWrittenWord();
            assertThat(target.written()).isPresent();
          }
        };
    AreaSource careful = new AreaSource(mine, checked);
    careful.stream(STATE, 5);
    careful.stream(STATE, STATE.byteSize());
    careful.publishReady(7, 8);
    careful.publishWritten(runs(1, 2, 5, 1));
  }

  @Test
  void aStateBeyondTheCapacityIsRefusedBeforeItIsWritten() {
    MemorySegment large = Arena.ofAuto().allocate(300);
    assertThatThrownBy(() -> source.stream(large, 300))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("device state too large to hand over");
    assertThat(target.nextState().byteSize()).isZero();
  }

  @Test
  void everyChangedByteOfAChunkIsRefused() {
    source.stream(STATE, STATE.byteSize());
    source.publishReady(1, 1);
    int chunk = HandoffLayout.CHUNK_HEADER_BYTES + (int) STATE.byteSize();
    for (int at = HandoffLayout.STATE; at < HandoffLayout.STATE + chunk; at++) {
      flip(at);
      refused(() -> theirs.target().nextState(), "state chunk");
      flip(at);
    }
    assertThat(text(theirs.target().nextState())).isEqualTo(text(STATE));
  }

  @Test
  void figuresThatDoNotFitAreRefused() {
    source.stream(STATE, STATE.byteSize());
    source.publishReady(1, 1);
    put(HandoffLayout.STATE_BYTES, STATE.byteSize() + 1);
    target.nextState();
    refused(target::wholeState, "device state bytes");
    put(HandoffLayout.EPOCH, -1);
    refused(target::epoch, "epoch");
    put(HandoffLayout.STREAMED_POS, 1 << 20);
    refused(target::nextState, "end of the state's chunks");
    put(HandoffLayout.SOURCE, 9);
    refused(target::sourceAcquire, "found 9, expected 0 to 3");
    put(HandoffLayout.TARGET, -1);
    refused(source::targetAcquire, "found -1, expected 0 to 4");
  }

  @Test
  void aStateThatIsMissingIsRefused() {
    source.publishReady(1, 1);
    refused(target::wholeState, "expected at least 1");
  }

  @Test
  void runsThatAreNotOfThisGuestAreRefused() {
    source.publishWritten(runs(1, 2, 5, 1));
    flip(mine.runsOffset());
    refused(target::written, "CRC32C of the page runs");
    source.publishWritten(runs(5, 1, 1, 2));
    refused(target::written, "page run");
    source.publishWritten(runs(1, 3, 2, 1));
    refused(target::written, "page run");
    source.publishWritten(runs(15, 2));
    refused(target::written, "page run");
    put(HandoffLayout.WRITTEN_RUNS, 5);
    refused(target::written, "number of page runs");
    put(HandoffLayout.WRITTEN_RUNS, -1);
    refused(target::written, "number of page runs");
  }

  @Test
  void aForeignOrDamagedHeaderIsRefused() {
    for (int at = 16; at < 128; at++) {
      flip(at);
      assertThatThrownBy(() -> HandoffArea.open(path())).isInstanceOf(FaultException.class);
      flip(at);
    }
    put(0, 0x1122334455667788L);
    assertThatThrownBy(() -> HandoffArea.open(path())).hasMessageContaining("it is foreign");
  }

  @Test
  void anAreaInTheMakingIsNotReady() {
    assertThat(HandoffArea.ready(path())).isTrue();
    mine.file().segment().set(ValueLayout.JAVA_INT, 8, 0);
    assertThat(HandoffArea.ready(path())).isFalse();
    assertThatThrownBy(() -> HandoffArea.open(path()))
        .isInstanceOfSatisfying(
            FaultException.class, e -> assertThat(e.kind()).isEqualTo(FaultKind.TRY_AGAIN));
    assertThat(HandoffArea.ready(dir.resolve("none"))).isFalse();
  }

  @Test
  void everyCallOnATruncatedAreaIsAFault() throws IOException {
    source.stream(STATE, 5);
    try (RandomAccessFile file = new RandomAccessFile(path().toFile(), "rw")) {
      file.setLength(100);
    }
    refused(() -> source.stream(STATE, 9), "file shrank");
    refused(() -> source.publishReady(1, 1), "file shrank");
    refused(source::publishReleased, "file shrank");
    refused(() -> source.publishWritten(runs(1, 1)), "file shrank");
    refused(source::targetAcquire, "file shrank");
    refused(target::nextState, "file shrank");
    refused(target::written, "file shrank");
    refused(target::sourceAcquire, "file shrank");
    refused(() -> target.publish(HandoffTarget.ARMED), "file shrank");
    assertThatThrownBy(() -> HandoffArea.open(path())).hasMessageContaining("truncated");
  }

  @Test
  void runsAreMergedInOrder() {
    PageRuns runs = runs(5, 2, 1, 3, 6, 4, 2, 1, 1, 1);
    PageRuns merged = runs.merged();
    assertThat(merged.count()).isEqualTo(2);
    assertThat(merged.start(0)).isEqualTo(PAGE);
    assertThat(merged.length(0)).isEqualTo(3 * PAGE);
    assertThat(merged.start(1)).isEqualTo(5 * PAGE);
    assertThat(merged.length(1)).isEqualTo(5 * PAGE);
  }

  private static void refused(ThrowingCallable call, String part) {
    assertThatThrownBy(call).isInstanceOf(FaultException.class).hasMessageContaining(part);
  }

  private void put(long at, long value) {
    mine.file().segment().set(ValueLayout.JAVA_LONG, at, value);
  }

  private void flip(long at) {
    MemorySegment file = mine.file().segment();
    file.set(ValueLayout.JAVA_BYTE, at, (byte) (file.get(ValueLayout.JAVA_BYTE, at) ^ 1));
  }
}
