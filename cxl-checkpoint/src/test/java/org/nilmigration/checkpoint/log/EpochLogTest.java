package org.nilmigration.checkpoint.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nilmigration.checkpoint.layout.LogLayout;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

class EpochLogTest {
  private static final int PAGES = 64;

  @TempDir Path dir;
  private final Random random = new Random(1);
  private final MemorySegment live = Logs.memory(PAGES);
  private final MemorySegment shadow = Logs.memory(PAGES);
  private final ImageSink sink = Logs.sink(shadow);
  private EpochLog log;
  private LogOwner owner;
  private LogStandby standby;

  private void start(boolean synced, long startEpoch) {
    log = Logs.create(dir, Logs.identity(PAGES, synced, startEpoch), Logs.RING);
    owner = log.owner();
    standby = log.standby();
  }

  @AfterEach
  void close() {
    if (log != null) {
      log.close();
    }
  }

  private void write(long epoch, long... pageAndCount) {
    var runs = Logs.runs(pageAndCount);
    Logs.scribble(live, runs, random);
    Logs.epoch(owner, epoch, live, runs);
  }

  private byte[] shadowBytes() {
    return shadow.toArray(ValueLayout.JAVA_BYTE);
  }

  private byte[] liveBytes() {
    return live.toArray(ValueLayout.JAVA_BYTE);
  }

  @Test
  void theFirstEpochMakesAStandbySynced() {
    start(false, 0);
    assertThat(owner.standbySyncedAcquire()).isFalse();
    write(1, 0, 3, 10, 2);
    assertThat(standby.poll(sink)).isTrue();
    assertThat(standby.poll(sink)).isFalse();
    assertThat(standby.synced()).isTrue();
    assertThat(owner.standbySyncedAcquire()).isTrue();
    assertThat(owner.appliedEpochAcquire()).isEqualTo(1);
    assertThat(shadowBytes()).isEqualTo(liveBytes());
    assertThat(Logs.text(standby.state())).isEqualTo("state 1");
  }

  @Test
  void aLogCreatedSyncedStartsAtItsEpochWithoutState() {
    start(true, 7);
    assertThat(standby.synced()).isTrue();
    assertThat(standby.appliedEpoch()).isEqualTo(7);
    assertThat(owner.appliedEpochAcquire()).isEqualTo(7);
    assertThat(standby.state().byteSize()).isZero();
    standby.publishTaken();
    assertThat(standby.recover(sink)).isEqualTo(7);
    assertThat(standby.state().byteSize()).isZero();
  }

  @Test
  void anUncommittedEpochIsNeverWrittenOnceSynced() {
    start(true, 0);
    write(1, 0, 2);
    standby.poll(sink);
    byte[] good = shadowBytes();
    owner.begin(2);
    Logs.scribble(live, Logs.runs(0, 4), random);
    owner.pages(live, Logs.runs(0, 4), Logs.FORBIDDEN);
    owner.state(Logs.bytes("half"), 4, Logs.FORBIDDEN);
    standby.poll(sink);
    assertThat(shadowBytes()).isEqualTo(good);
    standby.publishTaken();
    assertThat(standby.recover(sink)).isEqualTo(1);
    assertThat(shadowBytes()).isEqualTo(good);
    assertThat(Logs.text(standby.state())).isEqualTo("state 1");
    assertThat(owner.takenAcquire()).isTrue();
  }

  @Test
  void recoverAppliesExactlyThroughTheLastCommit() {
    start(true, 0);
    write(1, 0, 2);
    write(2, 1, 2);
    byte[] committed = liveBytes();
    owner.begin(3);
    Logs.scribble(live, Logs.runs(0, 4), random);
    owner.pages(live, Logs.runs(0, 4), Logs.FORBIDDEN);
    standby.publishTaken();
    assertThat(standby.recover(sink)).isEqualTo(2);
    assertThat(shadowBytes()).isEqualTo(committed);
    assertThat(Logs.text(standby.state())).isEqualTo("state 2");
    assertThatThrownBy(() -> standby.poll(sink)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aResurrectedOwnerChangesNothingAfterRecovery() {
    start(true, 0);
    write(1, 0, 2);
    standby.publishTaken();
    standby.recover(sink);
    byte[] recovered = shadowBytes();
    write(2, 0, 3);
    assertThat(owner.takenAcquire()).isTrue();
    assertThat(shadowBytes()).isEqualTo(recovered);
  }

  @Test
  void recoveryNeedsTakenFirst() {
    start(true, 0);
    assertThatThrownBy(() -> standby.recover(sink)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aStandbyThatWasNeverSyncedRefusesToTakeOver() {
    start(false, 4);
    owner.begin(5);
    owner.pages(live, Logs.runs(0, 3), Logs.FORBIDDEN);
    standby.poll(sink);
    standby.publishTaken();
    assertThatThrownBy(() -> standby.recover(sink))
        .isInstanceOfSatisfying(
            FaultException.class, e -> assertThat(e.kind()).isEqualTo(FaultKind.UNSAFE))
        .hasMessageContaining("never synced");
  }

  @Test
  void aFirstSyncThatCommittedButWasNotAppliedIsRecovered() {
    start(false, 4);
    write(5, 0, 3);
    standby.publishTaken();
    assertThat(standby.recover(sink)).isEqualTo(5);
    assertThat(shadowBytes()).isEqualTo(liveBytes());
  }

  @Test
  void epochsFollowEachOther() {
    start(true, 7);
    assertThatThrownBy(() -> owner.begin(7)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> owner.begin(9)).isInstanceOf(IllegalStateException.class);
    owner.begin(8);
    assertThatThrownBy(() -> owner.begin(9)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(owner::commit)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("no device state");
  }

  @Test
  void anEpochThatWasGivenUpInAFullRingIsNeverCommitted() {
    start(true, 0);
    owner.begin(1);
    owner.state(Logs.bytes("state"), 5, Logs.FORBIDDEN);
    RuntimeException stop = new RuntimeException("stop");
    assertThatThrownBy(() ->
            owner.pages(
                live,
                Logs.runs(0, PAGES),
                () -> {
                  throw stop;
                }))
        .isSameAs(stop);
    assertThatThrownBy(owner::commit)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("not appended whole");
    assertThat(standby.commitEpochAcquire()).isZero();
  }

  @Test
  void aFullRingWaitsForTheStandbyAndCommitNeverWaits() {
    start(true, 0);
    int[] waited = {0};
    for (long epoch = 1; epoch <= 20; epoch++) {
      Logs.scribble(live, Logs.runs(0, PAGES), random);
      owner.begin(epoch);
      BackPressure pressure =
          () -> {
            waited[0]++;
            assertThat(standby.poll(sink)).isTrue();
          };
      owner.pages(live, Logs.runs(0, PAGES), pressure);
      owner.state(Logs.bytes("state " + epoch), 7, pressure);
      owner.commit();
    }
    while (standby.poll(sink)) {
      // until nothing is left
    }
    assertThat(waited[0]).as("64 pages do not fit a ring of 16").isPositive();
    assertThat(standby.appliedEpoch()).isEqualTo(20);
    assertThat(shadowBytes()).isEqualTo(liveBytes());
  }

  @Test
  void theStateOfTheLastEpochComesInPieces() {
    start(true, 0);
    owner.begin(1);
    owner.state(Logs.bytes("a".repeat(20_000)), 20_000, Logs.FORBIDDEN);
    owner.pages(live, Logs.runs(1, 1), Logs.FORBIDDEN);
    owner.state(Logs.bytes("bc"), 2, Logs.FORBIDDEN);
    owner.commit();
    standby.poll(sink);
    assertThat(Logs.text(standby.state())).isEqualTo("a".repeat(20_000) + "bc");
  }

  @Test
  void aLogIsFollowedOnceAndWrittenOnce() {
    start(true, 0);
    assertThat(owner.standbyAttachedAcquire()).isFalse();
    standby.publishAttached();
    assertThat(owner.standbyAttachedAcquire()).isTrue();
    write(1, 0, 1);
    try (EpochLog again = EpochLog.open(log.file().path())) {
      assertThatThrownBy(() -> again.standby().publishAttached())
          .isInstanceOf(FaultException.class)
          .hasMessageContaining("already followed");
      assertThatThrownBy(again::owner)
          .isInstanceOf(FaultException.class)
          .hasMessageContaining("already written: found epoch 1");
    }
  }

  /** Dies between the commit line and the commit word: what was committed before is still whole. */
  @Test
  void aCommitThatWasNotPublishedIsNotSeenAndDestroysNothing() {
    start(true, 0);
    write(1, 0, 1);
    write(2, 0, 1);
    long line = LogLayout.COMMIT_ODD;
    log.file().segment().set(ValueLayout.JAVA_LONG, line + LogLayout.COMMIT_LINE_EPOCH, 3);
    log.file().segment().set(ValueLayout.JAVA_LONG, line + LogLayout.COMMIT_LINE_POS, 64);
    standby.publishTaken();
    assertThat(standby.recover(sink)).isEqualTo(2);
    assertThat(shadowBytes()).isEqualTo(liveBytes());
  }

  @Test
  void aTornCommitLineIsNoticed() {
    start(true, 0);
    write(1, 0, 1);
    log.file()
        .segment()
        .set(ValueLayout.JAVA_LONG, LogLayout.COMMIT_ODD + LogLayout.COMMIT_LINE_POS, 64);
    assertThatThrownBy(() -> standby.poll(sink))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("commit line of epoch: found 1");
  }

  @Test
  void ringsThatCannotWorkAreRefused() {
    for (long ring : new long[] {0, 4096, Logs.RING + 64, -4096}) {
      assertThatThrownBy(() -> Logs.create(dir, Logs.identity(1, true, 0), ring))
          .isInstanceOf(FaultException.class)
          .hasMessageContaining("found " + ring + " bytes");
    }
  }

  @Test
  void pagesOutsideTheGuestAreAProgrammersError() {
    start(true, 0);
    owner.begin(1);
    assertThatThrownBy(
            () -> owner.pages(Logs.memory(PAGES + 1), Logs.runs(PAGES, 1), Logs.FORBIDDEN))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
