package org.nilmigration.checkpoint.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** In threads of their own, because who waits for a helper spins. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PauseHelperTest {
  private static final int ROUNDS = 20_000;
  private static final Duration WITHIN = Duration.ofSeconds(20);

  private Thread worker;
  private int done;

  /** What it was given last; without {@code finish} nobody may look. */
  private void work() {
    worker = Thread.currentThread();
    done++;
  }

  /** Without a rest, for the helper soon takes one. */
  private static void awaitTaken(PauseHelper helper, Runnable work) {
    while (!helper.offer(work)) {
      Thread.onSpinWait();
    }
  }

  @Test
  void eachPieceIsDoneOnceWheneverItIsOffered() {
    Random random = new Random(7);
    int offered = 0;
    try (PauseHelper helper = new PauseHelper()) {
      for (int i = 0; i < ROUNDS; i++) {
        if (helper.offer(this::work)) {
          offered++;
          helper.finish();
        }
        assertThat(done).isEqualTo(offered);
        LockSupport.parkNanos(random.nextInt(4) == 0 ? 100_000 + random.nextInt(40_000) : 0);
      }
    }
    assertThat(offered).isPositive();
  }

  @Test
  void aHelperThatIsAwakeWorksBesideWhoAsked() {
    try (PauseHelper helper = new PauseHelper()) {
      Awaitility.await()
          .atMost(WITHIN)
          .pollInSameThread()
          .until(() -> {
            awaitTaken(helper, this::work);
            Thread.sleep(1);
            helper.finish();
            return worker != Thread.currentThread();
          });
    }
  }

  @Test
  void whatTheWorkThrowsIsThrownByFinishAndTheHelperGoesOn() {
    try (PauseHelper helper = new PauseHelper()) {
      awaitTaken(
          helper,
          () -> {
            throw new InternalError("a bus error");
          });
      assertThatThrownBy(helper::finish).isInstanceOf(InternalError.class);
      awaitTaken(helper, this::work);
      helper.finish();
      assertThat(done).isEqualTo(1);
    }
  }

  @Test
  void itsThreadEndsWithIt() {
    PauseHelper helper = new PauseHelper();
    awaitTaken(helper, this::work);
    helper.finish();
    helper.close();
    Awaitility.await()
        .atMost(WITHIN)
        .until(() ->
            Thread.getAllStackTraces().keySet().stream()
                .noneMatch(t -> t.getName().equals(Thread.currentThread().getName() + "-helper")));
  }
}
