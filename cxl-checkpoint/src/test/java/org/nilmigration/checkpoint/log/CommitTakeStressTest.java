package org.nilmigration.checkpoint.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nilmigration.checkpoint.layout.LogLayout;
import org.nilmigration.checkpoint.memory.CacheFlush;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.memory.Reserve;

/**
 * Rule 5 on real memory, two mappings, two threads: commit then look, take then look. Whatever the
 * order, never both "the owner saw no taken word" (it releases output) and "the standby saw no
 * commit" (it recovers to before).
 *
 * <p>Break it: remove the full fence of {@link OwnerWords#publishCommit} or of {@link
 * StandbyWords#publishTaken}. Then {@link #neitherMissesTheOther} fails on x86-64, whose store
 * buffers let the later load go first.
 */
class CommitTakeStressTest {
  private static final int SLOTS = 512;
  private static final int ROUNDS = 100;
  private static final int MEETINGS = 5000;
  private static final int SPINS = 100_000;

  @TempDir Path dir;

  @Test
  void neitherMissesTheOther() throws Exception {
    Assumptions.assumeTrue(
        Runtime.getRuntime().availableProcessors() > 1, "one processor reorders nothing");
    Path path = dir.resolve("words");
    long slotBytes = LogLayout.RING;
    try (MappedFile ownerFile = MappedFile.create(path, SLOTS * slotBytes, Reserve.RESERVED);
        MappedFile standbyFile = MappedFile.open(path, -1);
        ExecutorService threads = Executors.newFixedThreadPool(2)) {
      boolean[] released = new boolean[SLOTS];
      boolean[] recovered = new boolean[SLOTS];
      AtomicInteger ownerAt = new AtomicInteger();
      AtomicInteger standbyAt = new AtomicInteger();
      OwnerWords[] owners = new OwnerWords[SLOTS];
      OwnerWords[] commits = new OwnerWords[SLOTS];
      StandbyWords[] looks = new StandbyWords[SLOTS];
      StandbyWords[] takers = new StandbyWords[SLOTS];
      for (int i = 0; i < SLOTS; i++) {
        var mine = ownerFile.segment().asSlice(i * slotBytes, slotBytes);
        var theirs = standbyFile.segment().asSlice(i * slotBytes, slotBytes);
        owners[i] = new OwnerWords(mine, CacheFlush.NONE);
        looks[i] = new StandbyWords(mine, CacheFlush.NONE);
        commits[i] = new OwnerWords(theirs, CacheFlush.NONE);
        takers[i] = new StandbyWords(theirs, CacheFlush.NONE);
      }
      int bothSaw = 0;
      int violations = 0;
      for (int round = 0; round < ROUNDS && bothSaw < MEETINGS; round++) {
        ownerFile.segment().fill((byte) 0);
        for (OwnerWords o : owners) {
          o.initialise(0);
        }
        ownerAt.set(0);
        standbyAt.set(0);
        Future<?> owner =
            threads.submit(() -> {
              for (int i = 0; i < SLOTS; i++) {
                meet(ownerAt, standbyAt, i);
                owners[i].publishCommit(1, 64);
                released[i] = looks[i].takenAcquire() == 0;
              }
            });
        Future<?> standby =
            threads.submit(() -> {
              for (int i = 0; i < SLOTS; i++) {
                meet(standbyAt, ownerAt, i);
                takers[i].publishTaken();
                recovered[i] = commits[i].commitAcquire().epoch() == 1;
              }
            });
        owner.get();
        standby.get();
        for (int i = 0; i < SLOTS; i++) {
          violations += released[i] && !recovered[i] ? 1 : 0;
          bothSaw += !released[i] && recovered[i] ? 1 : 0;
        }
      }
      assertThat(violations).as("output released of an epoch that was not recovered").isZero();
      assertThat(bothSaw).as("rounds in which both met: the test tests something").isPositive();
    }
  }

  /** Both leave at the same moment, as nearly as two threads can. */
  @SuppressWarnings("ThreadPriorityCheck") // a busy machine may run only one of them for long
  private static void meet(AtomicInteger mine, AtomicInteger other, int at) {
    mine.set(at + 1);
    for (int spins = 0; other.get() < at + 1; spins++) {
      if (spins < SPINS) {
        Thread.onSpinWait();
      } else {
        Thread.yield();
      }
    }
  }

  /** The same rule through whole logs: an owner that commits on and on, a taker at any moment. */
  @Test
  void noOutputOfAnUnrecoveredEpochEscapes() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      for (int round = 0; round < 200; round++) {
        var image = Logs.memory(4);
        Path path = dir.resolve("round" + round);
        try (EpochLog mine =
                EpochLog.create(path, Logs.identity(4, true, 0), EpochLog.RING_BYTES_MIN);
            EpochLog theirs = EpochLog.open(path)) {
          CyclicBarrier start = new CyclicBarrier(2);
          AtomicLong released = new AtomicLong();
          int takeAt = round % 20;
          Future<?> owner =
              threads.submit(() -> {
                start.await();
                LogOwner log = mine.owner();
                BackPressure pressure = () -> giveUpWhenTaken(log);
                try {
                  for (long epoch = 1; ; epoch++) {
                    log.begin(epoch);
                    log.pages(image, Logs.runs(epoch % 4, 1), pressure);
                    log.state(image, 8, pressure);
                    log.commit();
                    giveUpWhenTaken(log);
                    released.set(epoch);
                  }
                } catch (Taken t) {
                  return null;
                }
              });
          Future<Long> taker =
              threads.submit(() -> {
                start.await();
                LogStandby log = theirs.standby();
                ImageSink sink = Logs.sink(Logs.memory(4));
                while (log.appliedEpoch() < takeAt) {
                  log.poll(sink);
                }
                log.publishTaken();
                return log.recover(sink);
              });
          long recovered = taker.get();
          owner.get();
          assertThat(released.get()).isLessThanOrEqualTo(recovered);
        }
      }
    }
  }

  private static void giveUpWhenTaken(LogOwner log) {
    if (log.takenAcquire()) {
      throw new Taken();
    }
  }

  private static final class Taken extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }
}
