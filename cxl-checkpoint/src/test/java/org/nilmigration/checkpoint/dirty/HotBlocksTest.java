package org.nilmigration.checkpoint.dirty;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HotBlocksTest {
  private static final long BLOCK = HotBlocks.BYTES;
  private static final long MEMORY = 3 * BLOCK + PageRuns.PAGE_BYTES;

  private final HotBlocks hot = new HotBlocks(MEMORY, PageRuns.PAGE_BYTES);

  @Test
  void aBlockIsHotAfterThreeDenseEpochs() {
    epoch(BLOCK, BLOCK / 2);
    epoch(BLOCK, BLOCK / 2);
    assertThat(hot.nextHot(0)).isEqualTo(MEMORY);
    epoch(BLOCK, BLOCK / 2);
    assertThat(hot.nextHot(0)).isEqualTo(BLOCK);
    assertThat(hot.nextCold(BLOCK)).isEqualTo(2 * BLOCK);
    assertThat(hot.nextHot(2 * BLOCK)).isEqualTo(MEMORY);
  }

  @Test
  void aBlockThatIsDenseEverySecondEpochIsHotInTheEnd() {
    for (int epoch = 0; epoch < 9; epoch++) {
      epoch(0, epoch % 2 == 0 ? BLOCK : PageRuns.PAGE_BYTES);
    }
    assertThat(hot.nextHot(0)).isZero();
  }

  @Test
  void aBlockThatIsDenseEveryThirdEpochOrLessThanDenseIsNot() {
    for (int epoch = 0; epoch < 100; epoch++) {
      hot.found(BLOCK, BLOCK / 2 - PageRuns.PAGE_BYTES);
      epoch(0, epoch % 3 == 0 ? BLOCK : PageRuns.PAGE_BYTES);
    }
    assertThat(hot.nextHot(0)).isEqualTo(MEMORY);
  }

  @Test
  void aHugePageIsNeverHotForItCannotBeArmedInPart() {
    HotBlocks huge = new HotBlocks(2 << 20, 2 << 20);
    for (int epoch = 0; epoch < 10; epoch++) {
      huge.probation();
      assertThat(huge.found(0, 2 << 20)).isEqualTo(2 << 20);
      huge.endEpoch();
    }
    assertThat(huge.nextHot(0)).isEqualTo(2 << 20);
  }

  @Test
  void faultsOfSeveralLooksCountTogether() {
    for (int epoch = 0; epoch < 3; epoch++) {
      hot.found(0, BLOCK / 4);
      epoch(0, BLOCK / 4);
    }
    assertThat(hot.nextHot(0)).isZero();
  }

  @Test
  void aRunOverSeveralBlocksCountsInEach() {
    for (int epoch = 0; epoch < 3; epoch++) {
      epoch(BLOCK / 2, 2 * BLOCK);
    }
    assertThat(hot.nextHot(0)).isZero();
    assertThat(hot.nextCold(0)).isEqualTo(3 * BLOCK);
  }

  @Test
  void theLastBlockMayBeShorter() {
    assertThat(hot.nextHot(3 * BLOCK)).isEqualTo(MEMORY);
    assertThat(hot.nextCold(MEMORY)).isEqualTo(MEMORY);
    assertThat(hot.found(3 * BLOCK, PageRuns.PAGE_BYTES)).isEqualTo(PageRuns.PAGE_BYTES);
  }

  @Test
  void onProbationItIsArmedAndHotAgainAfterOneDenseEpoch() {
    makeHot();
    awaitProbation();
    assertThat(hot.found(0, BLOCK)).as("was not armed before").isZero();
    hot.endEpoch();
    assertThat(hot.nextHot(0)).isEqualTo(MEMORY);
    assertThat(hot.found(0, BLOCK)).isEqualTo(BLOCK);
    assertThat(hot.nextHot(0)).isZero();
  }

  @Test
  void onProbationItHasCooledWhenItIsNotDenseSoon() {
    makeHot();
    awaitProbation();
    hot.endEpoch();
    epoch(0, PageRuns.PAGE_BYTES);
    epoch(0, PageRuns.PAGE_BYTES);
    epoch(0, BLOCK);
    assertThat(hot.nextHot(0)).isEqualTo(MEMORY);
  }

  private void makeHot() {
    for (int epoch = 0; epoch < 3; epoch++) {
      epoch(0, BLOCK);
    }
    assertThat(hot.nextHot(0)).isZero();
  }

  /** In each epoch before, the block is hot. */
  private void awaitProbation() {
    for (int epoch = 0; epoch < HotBlocks.PROBATION_EPOCHS; epoch++) {
      hot.probation();
      if (hot.nextHot(0) == MEMORY) {
        return;
      }
      hot.endEpoch();
    }
    throw new AssertionError("it was not on probation in that many epochs");
  }

  private void epoch(long start, long length) {
    hot.probation();
    hot.found(start, length);
    hot.endEpoch();
  }
}
