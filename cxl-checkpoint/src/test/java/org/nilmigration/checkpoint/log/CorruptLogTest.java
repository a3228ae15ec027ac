package org.nilmigration.checkpoint.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nilmigration.checkpoint.layout.LogLayout;
import org.nilmigration.checkpoint.layout.RecordLayout;
import org.nilmigration.config.FaultException;

/**
 * Every byte of a committed epoch matters: whichever is changed, the standby refuses the epoch and
 * keeps image and state of the one before. Break it by leaving out a check of {@link RecordReader},
 * or by applying records while they are read.
 */
class CorruptLogTest {
  private static final int PAGES = 16;

  @TempDir Path dir;
  private final Random random = new Random(2);
  private final MemorySegment live = Logs.memory(PAGES);
  private final MemorySegment shadow = Logs.memory(PAGES);
  private final ImageSink sink = Logs.sink(shadow);
  private EpochLog log;
  private LogOwner owner;
  private LogStandby standby;
  private long secondStart;
  private long secondEnd;
  private byte[] good;

  @BeforeEach
  void twoEpochsOfWhichOneIsApplied() {
    log = Logs.create(dir, Logs.identity(PAGES, true, 0), Logs.RING);
    owner = log.owner();
    standby = log.standby();
    var runs = Logs.runs(0, 2, 5, 1);
    Logs.scribble(live, runs, random);
    secondStart = Logs.epoch(owner, 1, live, runs);
    standby.poll(sink);
    good = shadow.toArray(ValueLayout.JAVA_BYTE);
    Logs.scribble(live, runs, random);
    secondEnd = Logs.epoch(owner, 2, live, runs);
  }

  @AfterEach
  void close() {
    log.close();
  }

  @Test
  void everyChangedBitOfACommittedEpochIsRefused() {
    MemorySegment ring = log.file().segment().asSlice(LogLayout.RING);
    for (long at = secondStart; at < secondEnd; at += isPageData(at) ? 53 : 1) {
      if (isPadding(at)) {
        continue;
      }
      byte was = ring.get(ValueLayout.JAVA_BYTE, at);
      ring.set(ValueLayout.JAVA_BYTE, at, (byte) (was ^ (1 << random.nextInt(8))));
      try (EpochLog fresh = EpochLog.open(log.file().path())) {
        LogStandby second = fresh.standby();
        MemorySegment image = Logs.memory(PAGES);
        assertThatThrownBy(() -> second.poll(Logs.sink(image)))
            .as("byte " + at)
            .isInstanceOf(FaultException.class);
        assertThat(second.appliedEpoch()).isEqualTo(1);
        assertThat(image.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(good);
      }
      ring.set(ValueLayout.JAVA_BYTE, at, was);
    }
  }

  private boolean isPageData(long at) {
    long data = secondStart + RecordLayout.HEADER_BYTES + 2L * RecordLayout.RUN_BYTES;
    return at >= data && at < data + 3 * Logs.PAGE - 53;
  }

  /** Alignment bytes behind STATE (7 bytes) and END (16 bytes) belong to nobody. */
  private boolean isPadding(long at) {
    long end = secondEnd - 2 * RecordLayout.HEADER_BYTES;
    long state = end - 2 * RecordLayout.HEADER_BYTES;
    long pages =
        secondStart + RecordLayout.HEADER_BYTES + 2L * RecordLayout.RUN_BYTES + 3 * Logs.PAGE;
    boolean behindPages = at >= pages && at < state;
    boolean behindState = at >= state + RecordLayout.HEADER_BYTES + 7 && at < end;
    boolean behindEnd = at >= end + RecordLayout.HEADER_BYTES + RecordLayout.END_PAYLOAD_BYTES;
    return behindPages || behindState || behindEnd;
  }

  @Test
  void recoveryKeepsImageAndStateOfTheLastGoodEpoch() {
    flip(LogLayout.RING + secondEnd - 2 * RecordLayout.HEADER_BYTES);
    standby.publishTaken();
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> standby.recover(sink))
          .isInstanceOf(FaultException.class)
          .hasMessageContaining("epoch log corrupted at position ")
          .hasMessageContaining("magic: found ");
      assertThat(standby.appliedEpoch()).isEqualTo(1);
      assertThat(Logs.text(standby.state())).isEqualTo("state 1");
      assertThat(shadow.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(good);
    }
  }

  /** Uncommitted records may be rubbish: an owner can die, or go mad, at any point. */
  @Test
  void rubbishAfterTheLastCommitDoesNotDisturbRecovery() {
    byte[] committed = live.toArray(ValueLayout.JAVA_BYTE);
    owner.begin(3);
    owner.pages(live, Logs.runs(0, 1), Logs.FORBIDDEN);
    flip(LogLayout.RING + secondEnd);
    assertThatThrownBy(() -> standby.poll(sink)).isInstanceOf(FaultException.class);
    standby.publishTaken();
    assertThat(standby.recover(sink)).isEqualTo(2);
    assertThat(shadow.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(committed);
  }

  @Test
  void aCommitBehindOrBeyondWhatIsAppendedIsRefused() {
    OwnerWords words = new OwnerWords(log.file());
    words.publishCommit(2, secondEnd + 64);
    assertThatThrownBy(() -> standby.poll(sink))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("owner page corrupted");
    words.publishCommit(2, secondEnd - 64);
    assertThatThrownBy(() -> standby.poll(sink)).isInstanceOf(FaultException.class);
    words.publishCommit(0, 0);
    assertThatThrownBy(() -> standby.poll(sink)).isInstanceOf(FaultException.class);
    assertThat(shadow.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(good);
  }

  @Test
  void anAppendedPositionThatJumpsIsRefused() {
    OwnerWords words = new OwnerWords(log.file());
    for (long position : new long[] {0, -64, secondEnd + Logs.RING, Long.MAX_VALUE}) {
      words.publishAppended(position);
      assertThatThrownBy(() -> standby.poll(sink)).isInstanceOf(FaultException.class);
    }
  }

  @Test
  void aConsumedPositionThatJumpsStopsTheOwner() {
    StandbyWords words = new StandbyWords(log.file());
    words.publishConsumed(2 * Logs.RING);
    owner.begin(3);
    assertThatThrownBy(() -> owner.pages(live, Logs.runs(0, PAGES), Logs.FORBIDDEN))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("consumed position: found " + 2 * Logs.RING);
  }

  /** The sink is given verified pages inside the guest only, so its failure tears the image. */
  @Test
  void aTornImageIsNeverUsedAgain() {
    FaultException full = new FaultException(org.nilmigration.config.FaultKind.ERROR, "full");
    assertThatThrownBy(() ->
            standby.poll((at, src, from, length) -> {
              throw full;
            }))
        .isSameAs(full);
    assertThatThrownBy(() -> standby.poll(sink)).hasMessageContaining("the image is torn");
    standby.publishTaken();
    assertThatThrownBy(() -> standby.recover(sink)).hasMessageContaining("the image is torn");
  }

  private void flip(long at) {
    MemorySegment file = log.file().segment();
    file.set(ValueLayout.JAVA_BYTE, at, (byte) (file.get(ValueLayout.JAVA_BYTE, at) ^ 1));
  }
}
