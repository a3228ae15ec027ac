package org.nilmigration.checkpoint.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.memory.CrashMemory;

/**
 * A source loses its caches at every step of a handoff: whatever word came through, what it
 * promises did, too. Break it: leave out the drain of {@link AreaWords} before a word, or the flush
 * of chunks or runs.
 */
class HandoffCrashTest {
  private static final double[] EVICTED = {0, 0.5, 0.9, 1};
  private static final int STATE = 3000;

  private final CrashMemory memory = new CrashMemory(2);
  private final MemorySegment state = Arena.ofAuto().allocate(STATE);
  private final PageRuns written = new PageRuns();
  private int steps;

  @TempDir Path dir;

  @Test
  void everyWordThatComesThroughIsTrue() {
    new Random(4).ints(STATE).forEach(i -> state.set(ValueLayout.JAVA_BYTE, steps++, (byte) i));
    for (int i = 0; i < 60; i++) {
      written.add(i * 8192L, 4096);
    }
    HandoffIdentity id = new HandoffIdentity("vm1", 3, 1, 1 << 20);
    try (HandoffArea area = HandoffArea.create(dir.resolve("area"), id, 4096, 64, memory)) {
      steps = 0;
      memory.atEachStep(() -> look(EVICTED[steps++ % EVICTED.length]));
      AreaSource source = area.source();
      AreaTarget target = area.target();
      target.publish(HandoffTarget.ARMED);
      for (long length = 500; length <= STATE; length += 500) {
        source.stream(state, length);
      }
      source.publishReady(7, 99);
      assertThat(look(0)).isEqualTo(HandoffSource.READY);
      target.publish(HandoffTarget.LOADED);
      source.publishReleased();
      assertThat(look(0)).isEqualTo(HandoffSource.RELEASED);
      source.publishWritten(written);
      try (HandoffArea left = HandoffArea.open(crash(0))) {
        assertThat(left.targetAcquire()).isEqualTo(HandoffTarget.LOADED);
        assertThat(left.target().written()).isPresent();
      }
      area.revoke();
      assertThat(look(0)).isEqualTo(HandoffSource.ABORTED);
    }
    assertThat(steps).isGreaterThan(30);
  }

  /** Opens what a crash leaves and verifies all that it promises. */
  private HandoffSource look(double evicted) {
    try (HandoffArea left = HandoffArea.open(crash(evicted))) {
      AreaTarget target = left.target();
      long read = 0;
      for (MemorySegment next = target.nextState();
          next.byteSize() > 0;
          next = target.nextState()) {
        assertThat(next.mismatch(state.asSlice(read, next.byteSize()))).isEqualTo(-1);
        read += next.byteSize();
      }
      HandoffSource source = left.sourceAcquire();
      if (source != HandoffSource.NONE) {
        assertThat(target.wholeState()).isTrue();
        assertThat(target.epoch()).isEqualTo(7);
        assertThat(target.stopNanos()).isEqualTo(99);
      }
      target.written().ifPresent(runs -> assertThat(runs.bytes()).isEqualTo(written.bytes()));
      return source;
    }
  }

  private Path crash(double evicted) {
    return memory.crash(evicted, dir.resolve("crashed"));
  }
}
