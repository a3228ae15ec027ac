package org.nilmigration.checkpoint.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.memory.PauseHelper;

/**
 * Random guests, rings, epochs (many larger than the ring), looks of the standby in between, and a
 * takeover at a random point: image and state always equal the last commit, whether one thread
 * wrote it or two. The seed is the parameter.
 */
class LogRoundTripSimTest {
  @TempDir Path dir;

  @ParameterizedTest
  @ValueSource(
      longs = {
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24
      })
  void takeoverFindsTheLastCommit(long seed) {
    go(new Random(seed), 400, 200, null);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void takeoverFindsTheLastCommitThatTwoThreadsWrote(long seed) {
    try (PauseHelper helper = new PauseHelper()) {
      go(new Random(seed), 3000, 1500, helper);
    }
  }

  private void go(Random random, int pagesMax, int ringPagesMax, PauseHelper helper) {
    int pages = 1 + random.nextInt(pagesMax);
    long ring = EpochLog.RING_BYTES_MIN + 4096L * random.nextInt(ringPagesMax);
    boolean synced = random.nextBoolean();
    LogIdentity id = Logs.identity(pages, synced, random.nextInt(3));
    try (EpochLog log = Logs.create(dir, id, ring)) {
      new Run(random, log, id, pages, helper).go();
    }
  }

  private static final class Run {
    private final Random random;
    private final PauseHelper helper;
    private final int pages;
    private final LogOwner owner;
    private final LogStandby standby;
    private final MemorySegment live;
    private final MemorySegment shadow;
    private final ImageSink sink;
    private final List<byte[]> images = new ArrayList<>();
    private final List<byte[]> states = new ArrayList<>();
    private final long start;

    Run(Random random, EpochLog log, LogIdentity id, int pages, PauseHelper helper) {
      this.random = random;
      this.helper = helper;
      this.pages = pages;
      this.owner = log.owner();
      this.standby = log.standby();
      this.live = Logs.memory(pages);
      this.shadow = Logs.memory(pages);
      this.sink = Logs.sink(shadow);
      this.start = id.startEpoch();
      images.add(live.toArray(ValueLayout.JAVA_BYTE));
      states.add(new byte[0]);
    }

    void go() {
      int epochs = 1 + random.nextInt(12);
      for (int i = 1; i <= epochs; i++) {
        append(start + i);
        owner.commit();
        images.add(live.toArray(ValueLayout.JAVA_BYTE));
        maybePoll();
      }
      if (random.nextBoolean()) {
        append(start + epochs + 1);
        states.removeLast();
        maybePoll();
      }
      standby.publishTaken();
      assertThat(standby.recover(sink)).isEqualTo(start + epochs);
      assertMatches(epochs);
    }

    private void append(long epoch) {
      owner.begin(epoch);
      for (int part = random.nextInt(3); part >= 0; part--) {
        PageRuns runs = randomRuns();
        Logs.scribble(live, runs, random);
        owner.pages(live, runs, this::pollOnce, helper);
        maybePoll();
      }
      byte[] state = new byte[1 + random.nextInt(60_000)];
      random.nextBytes(state);
      MemorySegment copy = Logs.memory(15);
      MemorySegment.copy(state, 0, copy, ValueLayout.JAVA_BYTE, 0, state.length);
      owner.state(copy, state.length, this::pollOnce);
      states.add(state);
    }

    private PageRuns randomRuns() {
      PageRuns runs = new PageRuns();
      for (int page = random.nextInt(4); page < pages; ) {
        int count = Math.min(1 + random.nextInt(random.nextBoolean() ? 2 : 80), pages - page);
        runs.add(page * Logs.PAGE, count * Logs.PAGE);
        page += count + random.nextInt(40);
      }
      return runs;
    }

    private void maybePoll() {
      if (random.nextInt(3) == 0) {
        standby.poll(sink);
        if (standby.synced()) {
          assertMatches((int) (standby.appliedEpoch() - start));
        }
      }
    }

    private void pollOnce() {
      assertThat(standby.poll(sink)).as("a full ring and a standby with nothing to do").isTrue();
    }

    private void assertMatches(int epoch) {
      assertThat(shadow.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(images.get(epoch));
      assertThat(standby.state().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(states.get(epoch));
    }
  }
}
