package org.nilmigration.checkpoint.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.memory.CacheFlush;

/** A handoff area written by version 1 of the ABI, opened by today's code; never written anew. */
class GoldenAreaTest {
  private static final Path GOLDEN =
      Path.of("src/test/resources/golden/v1/guests/vm1/g000003-h000004.handoff");
  private static final HandoffIdentity ID = new HandoffIdentity("vm1", 3, 4, 4 * 4096);

  @TempDir Path temp;

  @Test
  void version1IsStillRead() throws IOException {
    Path copy = Files.copy(GOLDEN, temp.resolve("area"));
    try (HandoffArea area = HandoffArea.open(copy)) {
      assertThat(area.identity()).isEqualTo(ID);
      AreaTarget target = area.target();
      assertThat(target.sourceAcquire()).isEqualTo(HandoffSource.RELEASED);
      assertThat(area.targetAcquire()).isEqualTo(HandoffTarget.RUNNING);
      assertThat(text(target.nextState())).isEqualTo("state of ");
      assertThat(text(target.nextState())).isEqualTo("epoch 12");
      assertThat(target.wholeState()).isTrue();
      assertThat(target.epoch()).isEqualTo(12);
      assertThat(target.stopNanos()).isEqualTo(34_567);
      PageRuns written = target.written().orElseThrow();
      assertThat(written.count()).isEqualTo(2);
      assertThat(written.start(1)).isEqualTo(2 * 4096);
      assertThat(written.length(1)).isEqualTo(2 * 4096);
    }
  }

  private static String text(MemorySegment bytes) {
    return new String(bytes.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
  }

  /** Writes the golden file of the current version to the path that is named. */
  public static void main(String[] args) {
    try (HandoffArea area = HandoffArea.create(Path.of(args[0]), ID, 256, 4, CacheFlush.NONE)) {
      AreaSource source = area.source();
      String text = "state of epoch 12";
      MemorySegment state = Arena.ofAuto().allocateFrom(text);
      area.target().publish(HandoffTarget.ARMED);
      source.stream(state, 9);
      source.stream(state, text.length());
      source.publishReady(12, 34_567);
      source.publishReleased();
      area.target().publish(HandoffTarget.RUNNING);
      PageRuns written = new PageRuns();
      written.add(0, 4096);
      written.add(2 * 4096, 2 * 4096);
      source.publishWritten(written);
    }
  }
}
