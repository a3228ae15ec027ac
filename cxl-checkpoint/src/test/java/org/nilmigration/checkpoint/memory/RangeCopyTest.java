package org.nilmigration.checkpoint.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RangeCopyTest {
  private final byte[] source = new byte[1 << 16];
  private final byte[] target = new byte[1 << 16];
  private final RangeCopy copy = new RangeCopy();

  /** Any number of ranges, of equal and of different lengths, and nothing beside them. */
  @Test
  void copiesWhatWasAddedAndNothingElse() {
    Random random = new Random(7);
    random.nextBytes(source);
    for (int round = 0; round < 500; round++) {
      byte[] expected = target.clone();
      int same = 1 + random.nextInt(2000);
      int to = random.nextInt(100);
      for (int ranges = round % 5; ranges > 0 && !copy.isFull(); ranges--) {
        int length = round % 2 == 0 ? same : 1 + random.nextInt(2000);
        int from = random.nextInt(source.length - length);
        copy.add(from, to, length);
        System.arraycopy(source, from, expected, to, length);
        to += length + random.nextInt(3);
      }
      copy.run(MemorySegment.ofArray(source), MemorySegment.ofArray(target), CacheFlush.NONE);
      assertThat(target).isEqualTo(expected);
    }
  }
}
