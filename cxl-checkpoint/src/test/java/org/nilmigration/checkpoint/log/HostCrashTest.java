package org.nilmigration.checkpoint.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nilmigration.checkpoint.image.ShadowImage;
import org.nilmigration.checkpoint.layout.LogLayout;
import org.nilmigration.checkpoint.memory.CrashMemory;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.memory.Reserve;

/**
 * A host loses its caches at every step of an epoch, in memory that outlives it.
 *
 * <p>Break it: leave out the drain before {@link OwnerWords#publishCommitEpoch}, or the flush of a
 * record, of {@code appended_pos} or of the commit line: the committed epoch does not verify. Leave
 * out the flush after the word: the commit is lost. Leave out a flush of {@link ShadowImage}.
 */
class HostCrashTest {
  private static final int PAGES = 24;
  private static final int EPOCHS = 8;
  private static final long RING = 1 << 20;
  private static final double[] EVICTED = {0, 0.5, 0.9, 1};

  private final Random random = new Random(11);
  private final MemorySegment live = Logs.memory(PAGES);
  private final List<byte[]> history = new ArrayList<>(List.of(bytes(live)));
  private final CrashMemory memory = new CrashMemory(3);
  private int steps;

  @TempDir Path dir;

  @Test
  void anOwnerThatCrashesLeavesAWholeEpoch() {
    LogIdentity id = Logs.identity(PAGES, true, 0);
    try (EpochLog log = EpochLog.create(dir.resolve("log"), id, RING, memory)) {
      memory.atEachStep(() -> {
        double evicted = EVICTED[steps++ % EVICTED.length];
        long committed = recovered(memory.crash(evicted, dir.resolve("crashed")));
        assertThat(committed).isBetween(history.size() - 2L, history.size() - 1L);
      });
      for (int epoch = 1; epoch <= EPOCHS; epoch++) {
        var runs = Logs.runs(random.nextInt(10), 1 + random.nextInt(PAGES - 10));
        Logs.scribble(live, runs, random);
        history.add(bytes(live));
        Logs.epoch(log.owner(), epoch, live, runs);
        assertThat(recovered(memory.crash(0, dir.resolve("crashed"))))
            .as("committed")
            .isEqualTo(epoch);
      }
    }
    assertThat(steps).isGreaterThan(5 * EPOCHS);
  }

  /** The last epoch of a log that a crash left, after a look at its image. */
  private long recovered(Path crashed) {
    MemorySegment image = Logs.memory(PAGES);
    try (EpochLog log = EpochLog.open(crashed)) {
      LogStandby standby = log.standby();
      standby.publishTaken();
      long epoch = standby.recover(Logs.sink(image));
      assertThat(bytes(image)).isEqualTo(history.get((int) epoch));
      return epoch;
    }
  }

  @Test
  void aStandbyThatCrashesLeavesTheImageThatItsWordsPromise() {
    LogIdentity id = Logs.identity(PAGES, true, 0);
    CrashMemory shadowMemory = new CrashMemory(5);
    try (EpochLog log = EpochLog.create(dir.resolve("log"), id, RING, memory);
        MappedFile shadow =
            MappedFile.create(
                dir.resolve("shadow"), PAGES * Logs.PAGE, Reserve.SPARSE, shadowMemory)) {
      LogStandby standby = log.standby();
      ShadowImage sink = new ShadowImage(shadow);
      memory.atEachStep(() -> {
        int applied = (int) word(memory.crash(1), LogLayout.APPLIED_EPOCH);
        if (applied > 0) {
          assertThat(shadowMemory.crash(0)).isEqualTo(history.get(applied));
          steps++;
        }
      });
      for (int epoch = 1; epoch <= EPOCHS; epoch++) {
        var runs = Logs.runs(random.nextInt(10), 1 + random.nextInt(PAGES - 10));
        Logs.scribble(live, runs, random);
        history.add(bytes(live));
        Logs.epoch(log.owner(), epoch, live, runs);
        assertThat(standby.poll(sink)).isTrue();
        assertThat(word(memory.crash(0), LogLayout.APPLIED_EPOCH)).isEqualTo(epoch);
        assertThat(word(memory.crash(0), LogLayout.CONSUMED_POS)).isPositive();
      }
      standby.publishAttached();
      standby.publishTaken();
      assertThat(word(memory.crash(0), LogLayout.ATTACHED)).isEqualTo(1);
      assertThat(word(memory.crash(0), LogLayout.TAKEN)).isEqualTo(1);
    }
    assertThat(steps).isGreaterThan(2 * EPOCHS);
  }

  private static long word(byte[] file, int offset) {
    return ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong(offset);
  }

  private static byte[] bytes(MemorySegment memory) {
    return memory.toArray(ValueLayout.JAVA_BYTE);
  }
}
