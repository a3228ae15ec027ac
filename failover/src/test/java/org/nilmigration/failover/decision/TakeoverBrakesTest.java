package org.nilmigration.failover.decision;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.nilmigration.config.TakeoverConfig;

/** When a takeover that silent beats alone ask for has to wait. */
class TakeoverBrakesTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long STARTED = 100 * SECOND;
  private static final TakeoverBrakes.Run A = new TakeoverBrakes.Run("a", 10);
  private static final TakeoverBrakes.Run B = new TakeoverBrakes.Run("b", 20);
  private static final TakeoverBrakes.Run C = new TakeoverBrakes.Run("c", 30);

  private final TakeoverBrakes brakes =
      new TakeoverBrakes(
          new TakeoverConfig(Duration.ofSeconds(2), Duration.ofSeconds(5), 2), STARTED);
  private long now = STARTED + 2 * SECOND;

  private String holds(String vm, TakeoverBrakes.Run owner) {
    return brakes.holds(vm, owner, now);
  }

  @Test
  void aHostThatHasJustStartedTakesNothingOver() {
    now = STARTED + 2 * SECOND - 1;
    assertThat(holds("web", A)).contains("just started", "takeover.grace 2000 ms");
    now++;
    assertThat(holds("web", A)).isNull();
  }

  @Test
  void aGuestThatWasTakenOverStaysForAWhile() {
    brakes.takenOver("web", now);
    assertThat(holds("web", A)).contains("a moment ago", "takeover.cooldown, now 5000 ms");
    assertThat(holds("db", A)).isNull();
    now += 5 * SECOND;
    assertThat(holds("web", A)).isNull();
  }

  @Test
  void aGuestThatGoesToAndFroIsLeftLongerEachTime() {
    for (long seconds : new long[] {5, 10, 20}) {
      brakes.takenOver("web", now);
      now += seconds * SECOND - 1;
      assertThat(holds("web", A)).contains("now " + seconds * 1000 + " ms");
      now++;
      assertThat(holds("web", A)).isNull();
    }
    now += 60 * SECOND;
    brakes.confirm(run -> true, now);
    brakes.takenOver("web", now);
    assertThat(holds("web", A)).as("after a quiet minute").contains("now 5000 ms");
  }

  @Test
  void onlySoManyHostsAreDeposedInAMinute() {
    brakes.deposed(A, now);
    brakes.deposed(A, now);
    assertThat(holds("web", B)).isNull();
    brakes.deposed(B, now + 30 * SECOND);
    assertThat(holds("web", C)).contains("deposed 2 hosts", "takeover.hostsPerMinute");
    assertThat(holds("other", B)).as("its other guests come along").isNull();

    now += 60 * SECOND;
    brakes.confirm(run -> true, now);
    assertThat(holds("web", C)).isNull();
  }

  @Test
  void aRunThatDidEndWasNoError() {
    brakes.deposed(A, now);
    brakes.deposed(B, now);
    brakes.confirm(run -> !run.equals(A), now);
    assertThat(holds("web", C)).isNull();
  }
}
