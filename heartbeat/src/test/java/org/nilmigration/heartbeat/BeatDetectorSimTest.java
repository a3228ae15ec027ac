package org.nilmigration.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nilmigration.heartbeat.BeatLine.Beat;

/**
 * A host and its watcher on a simulated clock in microseconds. Injects jitter of beats and looks,
 * stalls of the watcher, stalls of the whole machine, and at the end a crash. Does not inject lost
 * or reordered memory operations.
 */
class BeatDetectorSimTest {
  private static final long MICRO = 1_000;
  private static final long SUSPECT_MICROS = 150_000;
  private static final long LOOK_MICROS = 2_500;
  private static final long JITTER_MICROS_MAX = 100_000;

  private final Random random = new Random();
  private final BeatDetector detector = new BeatDetector(1, SUSPECT_MICROS * MICRO);
  private long nowMicros;
  private long nextBeatMicros;
  private long counter;

  private RegionVerdict look() {
    return detector.observe(new Beat(1, counter, 0, 0, 0), nowMicros * MICRO);
  }

  private void beatsUntilNow() {
    while (nextBeatMicros <= nowMicros) {
      counter++;
      boolean late = random.nextInt(200) == 0;
      nextBeatMicros += 5_000 + (late ? random.nextLong(JITTER_MICROS_MAX) : random.nextLong(500));
    }
  }

  private void passTime() {
    int event = random.nextInt(2_000);
    long step = LOOK_MICROS + random.nextLong(1_000);
    long stall = 51_000 + random.nextLong(5_000_000);
    if (event == 0) {
      nowMicros += stall; // only the watcher: the host's beats go on
      beatsUntilNow();
    } else if (event == 1) {
      nowMicros += stall; // the whole machine: nobody beats, the host's timer moves as well
      nextBeatMicros += stall;
    } else {
      nowMicros += step;
      beatsUntilNow();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void onlyTheCrashIsDeathAndItIsSeenInTime(long seed) {
    random.setSeed(seed);
    for (int i = 0; i < 20_000; i++) {
      passTime();
      RegionVerdict verdict = look();
      assertThat(verdict.liveness())
          .as("seed %d, look %d: %s", seed, i, verdict.sentence())
          .isNotEqualTo(Liveness.DEAD);
    }

    long crashMicros = nowMicros;
    RegionVerdict verdict = look();
    while (verdict.liveness() != Liveness.DEAD) {
      nowMicros += LOOK_MICROS;
      verdict = look();
    }

    long ageAtCrashAtMost = JITTER_MICROS_MAX + 10_000;
    assertThat((nowMicros - crashMicros) * MICRO)
        .as("seed %d", seed)
        .isLessThanOrEqualTo(verdict.thresholdNanos() + LOOK_MICROS * MICRO)
        .isGreaterThanOrEqualTo(verdict.thresholdNanos() - ageAtCrashAtMost * MICRO);
  }
}
