package org.nilmigration.checkpoint.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nilmigration.checkpoint.memory.CacheFlush;

/** A source that takes its word back and a target that begins to run never both go on. */
class RevokeTest {
  private static final int RACES = 2_000;

  @TempDir Path temp;

  private HandoffArea released(int attempt) {
    HandoffIdentity id = new HandoffIdentity("vm1", 3, attempt, 4 * 4096);
    HandoffArea area =
        HandoffArea.create(temp.resolve("area" + attempt), id, 256, 4, CacheFlush.NONE);
    area.target().publish(HandoffTarget.LOADED);
    area.source().publishReleased();
    return area;
  }

  @Test
  void whoeverComesFirstGoesOn() {
    try (HandoffArea area = released(1)) {
      assertThat(area.revoke()).isTrue();
      assertThat(area.target().publishRunning()).isFalse();
    }
    try (HandoffArea area = released(2)) {
      assertThat(area.target().publishRunning()).isTrue();
      assertThat(area.revoke()).isFalse();
    }
  }

  @Test
  void atTheSameTimeAtMostOneGoesOn() throws Exception {
    try (HandoffArea area = released(3)) {
      AreaTarget target = area.target();
      AreaSource source = area.source();
      CyclicBarrier start = new CyclicBarrier(2);
      for (int race = 0; race < RACES; race++) {
        target.publish(HandoffTarget.LOADED);
        source.publishReleased();
        CompletableFuture<Boolean> runs =
            CompletableFuture.supplyAsync(() -> {
              await(start);
              return target.publishRunning();
            });
        await(start);
        boolean takenBack = area.revoke();
        assertThat(takenBack && runs.get()).as("race %d: both go on", race).isFalse();
      }
    }
  }

  private static void await(CyclicBarrier start) {
    try {
      start.await();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
