package org.nilmigration.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.nilmigration.heartbeat.Liveness.ALIVE;
import static org.nilmigration.heartbeat.Liveness.DEAD;
import static org.nilmigration.heartbeat.Liveness.UNKNOWN;

import org.junit.jupiter.api.Test;
import org.nilmigration.heartbeat.BeatLine.Beat;

/** Times in milliseconds; suspicion after 150, own stall above 50. */
class BeatDetectorTest {
  private static final long MILLI = 1_000_000;

  private final BeatDetector detector = new BeatDetector(7, 150 * MILLI);
  private long nowMillis = 1_000;
  private long counter = 40;
  private long leaseMillis;

  private RegionVerdict look(long incarnation) {
    return detector.observe(
        new Beat(incarnation, counter, 0, 5 * MILLI, leaseMillis * MILLI), nowMillis * MILLI);
  }

  private RegionVerdict beatAfter(long millis) {
    counter++;
    return silenceAfter(millis);
  }

  private RegionVerdict silenceAfter(long millis) {
    nowMillis += millis;
    return look(7);
  }

  /** Looks every 10 ms for that long, without a beat. */
  private RegionVerdict watchSilence(long millis) {
    RegionVerdict verdict = null;
    for (long past = 0; past < millis; past += 10) {
      verdict = silenceAfter(10);
    }
    return verdict;
  }

  private void alive() {
    look(7);
    for (int i = 0; i < 20; i++) {
      beatAfter(5);
    }
    assertThat(beatAfter(5).liveness()).isEqualTo(ALIVE);
  }

  @Test
  void aStandingCounterProvesNothingUntilItMoves() {
    assertThat(look(7).liveness()).isEqualTo(UNKNOWN);
    assertThat(look(7).reason()).isEqualTo("no beat seen yet");
    assertThat(silenceAfter(10).liveness()).isEqualTo(UNKNOWN);
    assertThat(beatAfter(10).liveness()).isEqualTo(ALIVE);
  }

  @Test
  void aLeaseHoldsTheDeathBackAndEnds() {
    alive();
    leaseMillis = 1_000;
    beatAfter(5);
    assertThat(watchSilence(500))
        .matches(v -> v.liveness() == UNKNOWN && v.reason().contains("expected back"));
    assertThat(look(8).liveness()).isEqualTo(UNKNOWN);
    leaseMillis = 0;
    assertThat(watchSilence(300).liveness()).isEqualTo(UNKNOWN);
    assertThat(watchSilence(300).liveness()).isEqualTo(DEAD);
  }

  @Test
  void aLeaseIsBounded() {
    alive();
    leaseMillis = Long.MAX_VALUE / MILLI;
    beatAfter(5);
    assertThat(watchSilence(BeatDetector.LEASE_NANOS_MAX / MILLI).liveness()).isEqualTo(DEAD);
    leaseMillis = -1;
    assertThat(look(7).liveness()).isEqualTo(DEAD);
  }

  @Test
  void aCounterThatNeverMovesIsSilenceFromTheFirstLookOn() {
    look(7);
    assertThat(watchSilence(140).liveness()).isEqualTo(UNKNOWN);
    assertThat(watchSilence(10).liveness()).isEqualTo(DEAD);
  }

  @Test
  void anUnusedLineIsSilence() {
    look(0);
    for (int i = 0; i < 14; i++) {
      nowMillis += 10;
      assertThat(look(0).liveness()).isEqualTo(UNKNOWN);
    }
    nowMillis += 10;
    assertThat(look(0).liveness()).isEqualTo(DEAD);
  }

  @Test
  void silenceIsDeathExactlyAtTheThreshold() {
    alive();
    assertThat(watchSilence(140).liveness()).isEqualTo(ALIVE);
    assertThat(silenceAfter(9).liveness()).isEqualTo(ALIVE);
    assertThat(silenceAfter(1))
        .isEqualTo(
            new RegionVerdict(
                DEAD,
                150 * MILLI,
                150 * MILLI,
                counter,
                7,
                "silent for longer than the threshold"));
  }

  @Test
  void aHungHostThatBeatsAgainIsAliveAgain() {
    alive();
    assertThat(watchSilence(200).liveness()).isEqualTo(DEAD);
    assertThat(beatAfter(10).liveness()).isEqualTo(ALIVE);
  }

  @Test
  void anotherIncarnationIsDeathAtOnceAndForEver() {
    alive();
    nowMillis += 1;
    assertThat(look(8).liveness()).isEqualTo(DEAD);
    assertThat(look(8).reason()).isEqualTo("its line belongs to another incarnation");
    assertThat(beatAfter(5).liveness()).as("a stale read of the old one").isEqualTo(DEAD);
  }

  @Test
  void anotherIncarnationProvesNothingBeforeOursWasSeen() {
    assertThat(look(6).liveness()).isEqualTo(UNKNOWN);
    nowMillis += 10;
    look(7);
    assertThat(beatAfter(10).liveness()).isEqualTo(ALIVE);
  }

  @Test
  void timeInWhichWeWereStalledDoesNotCount() {
    alive();
    silenceAfter(20);

    RegionVerdict afterStall = silenceAfter(60_000);
    assertThat(afterStall.liveness()).isEqualTo(UNKNOWN);
    assertThat(afterStall.reason()).isEqualTo("we were stalled ourselves");
    assertThat(afterStall.ageNanos()).isEqualTo(20 * MILLI);

    assertThat(watchSilence(120).liveness()).isEqualTo(UNKNOWN);
    assertThat(watchSilence(10).liveness()).isEqualTo(DEAD);
  }

  @Test
  void aStallIsLongerThanAThirdOfTheConfiguredTime() {
    alive();
    assertThat(silenceAfter(50).ageNanos()).isEqualTo(50 * MILLI);
    assertThat(silenceAfter(51).ageNanos()).isEqualTo(50 * MILLI);
  }

  @Test
  void aBeatEndsTheDoubtAfterAStall() {
    alive();
    assertThat(silenceAfter(500).liveness()).isEqualTo(UNKNOWN);
    assertThat(beatAfter(5).liveness()).isEqualTo(ALIVE);
  }

  @Test
  void aStallDoesNotReviveTheDead() {
    alive();
    watchSilence(150);
    assertThat(silenceAfter(10_000).liveness()).isEqualTo(DEAD);
  }

  @Test
  void theThresholdFollowsJitterWithinBounds() {
    alive();
    assertThat(beatAfter(40).thresholdNanos()).isEqualTo(150 * MILLI);

    watchSilence(80);
    assertThat(beatAfter(0).thresholdNanos()).isEqualTo(240 * MILLI);
    assertThat(watchSilence(230).liveness()).isEqualTo(ALIVE);
    assertThat(watchSilence(10).liveness()).isEqualTo(DEAD);

    assertThat(beatAfter(10).thresholdNanos()).as("at most four times").isEqualTo(600 * MILLI);
  }

  @Test
  void jitterIsForgotten() {
    alive();
    watchSilence(80);
    assertThat(beatAfter(0).thresholdNanos()).isEqualTo(240 * MILLI);

    for (int i = 0; i < 6_010; i++) {
      beatAfter(5);
    }
    assertThat(beatAfter(5).thresholdNanos()).as("30 s later").isEqualTo(240 * MILLI);
    for (int i = 0; i < 6_010; i++) {
      beatAfter(5);
    }
    assertThat(beatAfter(5).thresholdNanos()).as("60 s later").isEqualTo(150 * MILLI);
  }

  @Test
  void theWritersClockIsNeverUsed() {
    alive();
    Beat fromTheFuture = new Beat(7, counter, Long.MAX_VALUE, 0, 0);
    assertThat(detector.observe(fromTheFuture, (nowMillis + 10) * MILLI).ageNanos())
        .isEqualTo(10 * MILLI);
  }

  @Test
  void clocksMayStartAnywhere() {
    nowMillis = (Long.MAX_VALUE / MILLI) - 50;
    alive();
    assertThat(watchSilence(140).liveness()).isEqualTo(ALIVE);
    assertThat(watchSilence(10).liveness()).isEqualTo(DEAD);
  }

  @Test
  void refusesWhatCannotBeJudged() {
    assertThatThrownBy(() -> new BeatDetector(0, 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new BeatDetector(1, 0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theSentenceHoldsTheEvidence() {
    alive();
    assertThat(watchSilence(150).sentence())
        .isEqualTo(
            "DEAD: silent for longer than the threshold (no new beat for 150.0 ms, threshold"
                + " 150.0 ms, last beat 61, incarnation 7)");
  }
}
