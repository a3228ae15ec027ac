package org.nilmigration.migration.protect;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nilmigration.config.ByteSize;
import org.nilmigration.config.EpochConfig;
import org.nilmigration.migration.protect.EpochPacer.Output;
import org.nilmigration.migration.protect.EpochPacer.Step;

class EpochPacerTest {
  private static final long START = Long.MAX_VALUE - 10_000_000; // nanoTime may wrap

  private final EpochPacer pacer =
      new EpochPacer(
          new EpochConfig(
              Duration.ofMillis(25),
              Duration.ofMillis(5),
              Duration.ofMillis(100),
              ByteSize.ofMiB(64)));

  @BeforeEach
  void start() {
    pacer.started(START, 8_000_000);
  }

  private static long at(double millis) {
    return START + (long) (millis * 1e6);
  }

  private Step step(double atMillis, Output output, double movedMillis) {
    return pacer.step(at(atMillis), output, at(movedMillis));
  }

  @Test
  void outputEndsTheEpochAtTheFloor() {
    assertThat(step(4.9, Output.WAITING, 1)).isEqualTo(Step.RUN);
    assertThat(step(5, Output.WAITING, 1)).isEqualTo(Step.END);
    assertThat(pacer.endedEarly()).isTrue();
  }

  @Test
  void outputThatComesLateEndsTheEpochWhenItIsQuiet() {
    assertThat(step(40, Output.WAITING, 39.5)).as("past the interval").isEqualTo(Step.END);
    pacer.started(START, 8_000_000);
    assertThat(step(12, Output.WAITING, 11.5)).isEqualTo(Step.RUN);
    assertThat(step(12.5, Output.WAITING, 11.5)).isEqualTo(Step.END);
  }

  @Test
  void aGuestThatSendsWithoutPauseRunsTheWholeInterval() {
    for (int millis = 1; millis < 25; millis++) {
      assertThat(step(millis, Output.WAITING, millis - 0.2)).isEqualTo(Step.RUN);
    }
    assertThat(step(25, Output.WAITING, 24.9)).isEqualTo(Step.END);
    assertThat(pacer.endedEarly()).isFalse();
  }

  @Test
  void aGuestThatWritesMemoryRunsTheInterval() {
    assertThat(step(24.9, Output.NONE, 0)).isEqualTo(Step.RUN);
    assertThat(step(25, Output.NONE, 0)).isEqualTo(Step.COPY);
    assertThat(pacer.copied(at(25.2), EpochPacer.CLEAN_BYTES + 4096)).isTrue();
    assertThat(pacer.endedEarly()).isFalse();
  }

  @Test
  void anIdleGuestRunsLongAndIsLookedAtEveryInterval() {
    assertThat(step(25, Output.NONE, 0)).isEqualTo(Step.COPY);
    assertThat(pacer.copied(at(25.2), 4096)).isFalse();
    assertThat(step(26, Output.NONE, 0)).isEqualTo(Step.RUN);
    assertThat(step(50.2, Output.NONE, 0)).isEqualTo(Step.COPY);
    assertThat(pacer.copied(at(50.4), 0)).isFalse();
    assertThat(step(100, Output.NONE, 0)).isEqualTo(Step.END);
  }

  @Test
  void afterALongPauseTheGuestRunsAsLongAsItStoodStill() {
    pacer.started(START, 60_000_000);
    assertThat(step(59, Output.WAITING, 1)).isEqualTo(Step.RUN);
    assertThat(step(59, Output.UNKNOWN, 1)).isEqualTo(Step.RUN);
    assertThat(pacer.restNanos(at(20), true)).isEqualTo(40_000_000);
    assertThat(step(60, Output.WAITING, 1)).isEqualTo(Step.END);
    pacer.started(START, 25_000_000);
    assertThat(step(5, Output.WAITING, 1)).as("not longer than an interval").isEqualTo(Step.END);
  }

  @Test
  void outputThatCannotBeSeenWaitsNoLongerThanTheInterval() {
    assertThat(step(25, Output.UNKNOWN, 0)).isEqualTo(Step.END);
  }

  @Test
  void sleepsToTheFloorThenLooksOften() {
    assertThat(step(0, Output.NONE, -1)).isEqualTo(Step.RUN);
    assertThat(pacer.restNanos(at(0), true)).isEqualTo(4_000_000);
    assertThat(pacer.restNanos(at(4), true)).isEqualTo(500_000);
    assertThat(pacer.restNanos(at(24.9), true)).isBetween(99_000L, 101_000L);
    assertThat(pacer.restNanos(at(0), false)).isEqualTo(25_000_000);
  }

  @Test
  void aGuestThatIsSilentIsLookedAtLessOften() {
    assertThat(step(10, Output.NONE, 2)).isEqualTo(Step.RUN);
    assertThat(pacer.restNanos(at(10), true)).isEqualTo(500_000);
    assertThat(step(10, Output.NONE, -6)).isEqualTo(Step.RUN);
    assertThat(pacer.restNanos(at(10), true)).isEqualTo(1_000_000);
    assertThat(step(10, Output.NONE, -60_000)).isEqualTo(Step.RUN);
    assertThat(pacer.restNanos(at(10), true)).isEqualTo(5_000_000);
  }
}
