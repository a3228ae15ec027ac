package org.nilmigration.checkpoint.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nilmigration.config.FaultException;

/** Owner and standby are gone, wherever they were; another goes on at the last commit. */
class StandbyAgainTest {
  private static final int PAGES = 8;

  @TempDir private Path directory;
  private final MemorySegment live = Logs.memory(PAGES);
  private final MemorySegment shadow = Logs.memory(PAGES);
  private final Random random = new Random(3);
  private Path path;

  @BeforeEach
  void name() {
    path = directory.resolve("g000003-p000002.log");
  }

  private EpochLog create(boolean synced, long start) {
    return Logs.create(directory, Logs.identity(PAGES, synced, start), Logs.RING);
  }

  private void epoch(LogOwner owner, long number) {
    var runs = Logs.runs(random.nextInt(PAGES), 1);
    Logs.scribble(live, runs, random);
    Logs.epoch(owner, number, live, runs);
  }

  private void recovered(long epoch) {
    try (EpochLog log = EpochLog.open(path)) {
      LogStandby again = log.standbyAgain();
      again.publishTaken();
      assertThat(again.recover(Logs.sink(shadow))).isEqualTo(epoch);
      assertThat(Logs.text(again.state())).isEqualTo("state " + epoch);
      assertThat(shadow.mismatch(live)).isEqualTo(-1);
    }
  }

  @Test
  void whateverWasAppliedAndCommittedWhenTheyDied() {
    for (int applied = 1; applied <= 60; applied++) {
      for (int more = 0; more <= 2; more++) {
        shadow.fill((byte) 0);
        live.fill((byte) 0);
        try (EpochLog log = create(true, 0)) {
          LogOwner owner = log.owner();
          LogStandby standby = log.standby();
          for (int i = 1; i <= applied; i++) {
            epoch(owner, i);
            standby.poll(Logs.sink(shadow));
          }
          for (int i = 1; i <= more; i++) {
            epoch(owner, applied + i);
          }
        }
        recovered(applied + more);
        assertThat(path.toFile().delete()).isTrue();
      }
    }
  }

  @Test
  void anEpochThatTheStandbyWroteInPartIsWrittenAgain() {
    try (EpochLog log = create(true, 4)) {
      LogOwner owner = log.owner();
      epoch(owner, 5);
      log.standby().poll(Logs.sink(shadow));
      epoch(owner, 6);
      Logs.scribble(shadow, Logs.runs(0, 1), random);
      Logs.scribble(live, Logs.runs(0, 1), random);
      Logs.epoch(owner, 7, live, Logs.runs(0, 1));
    }
    recovered(7);
  }

  @Test
  void withoutAnEpochOfThisLogThereIsNoDeviceState() {
    create(true, 4).close();
    try (EpochLog log = EpochLog.open(path)) {
      LogStandby again = log.standbyAgain();
      again.publishTaken();
      again.recover(Logs.sink(shadow));
      assertThat(again.state().byteSize()).isZero();
    }
  }

  @Test
  void anImageThatWasNeverSyncedIsRefused() {
    create(false, 0).close();
    try (EpochLog log = EpochLog.open(path)) {
      assertThatThrownBy(log::standbyAgain)
          .isInstanceOf(FaultException.class)
          .hasMessageContaining("never synced");
    }
  }

  @Test
  void anEpochThatWasOverwrittenIsRefused() {
    try (EpochLog log = create(true, 0)) {
      LogOwner owner = log.owner();
      LogStandby standby = log.standby();
      epoch(owner, 1);
      standby.poll(Logs.sink(shadow));
      owner.begin(2);
      for (int i = 0; i < 15; i++) {
        owner.pages(live, Logs.runs(0, 1), Logs.FORBIDDEN);
      }
    }
    try (EpochLog log = EpochLog.open(path)) {
      assertThatThrownBy(log::standbyAgain)
          .isInstanceOf(FaultException.class)
          .hasMessageContaining("in the ring still");
    }
  }
}
