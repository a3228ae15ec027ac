package org.nilmigration.daemon.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ContinuityTest {
  private static final String ID = "cdee4d3b-61c5-4c51-8b70-39b1597e27d2";
  private static final String OTHER = "00000000-61c5-4c51-8b70-39b1597e27d2";

  /** A console with the ticks {@code from} to {@code to}. */
  private static String ticks(int from, int to, String id) {
    StringBuilder text = new StringBuilder();
    for (int i = from; i <= to; i++) {
      text.append("tick ").append(i).append(' ').append(i).append(".50 ").append(id).append('\n');
    }
    return text.toString();
  }

  private static ConsoleLog console(String text) {
    return ConsoleLog.parse(text);
  }

  private static ConsoleLog console(int from, int to) {
    return console(ticks(from, to, ID));
  }

  @Test
  void aGuestThatGoesOnWithTheNextTickHolds() {
    assertThat(Continuity.acrossHosts(console(1, 9), console(10, 12), 0)).isEmpty();
    assertThat(Continuity.repeatedTicks(console(1, 9), console(10, 12))).isZero();
  }

  @Test
  void aTickCutInTwoIsCompleteOnNeitherSide() {
    ConsoleLog before = console(ticks(1, 9, ID) + "tick 10 10.");
    ConsoleLog after = console("50 " + ID + "\n" + ticks(11, 12, ID));

    assertThat(Continuity.acrossHosts(before, after, 0)).isEmpty();
  }

  @Test
  void aLeftOutTickIsFound() {
    assertThat(Continuity.acrossHosts(console(1, 9), console(11, 12), 5))
        .singleElement()
        .asString()
        .contains("left out", "9 was the last", "11 the first");
  }

  @Test
  void ticksAfterTheLastCommitMayRepeatAndNoMore() {
    assertThat(Continuity.acrossHosts(console(1, 9), console(8, 12), 2)).isEmpty();
    assertThat(Continuity.repeatedTicks(console(1, 9), console(8, 12))).isEqualTo(2);
    assertThat(Continuity.acrossHosts(console(1, 9), console(7, 12), 2))
        .singleElement()
        .asString()
        .contains("went back by 3 ticks");
  }

  @Test
  void theAgeOfTheLastCommitBoundsTheTicksThatRepeat() {
    Duration tick = Duration.ofMillis(100);

    assertThat(Continuity.repeatedTicksMax(Duration.ZERO, tick)).isEqualTo(1);
    assertThat(Continuity.repeatedTicksMax(Duration.ofMillis(25), tick)).isEqualTo(1);
    assertThat(Continuity.repeatedTicksMax(Duration.ofMillis(250), tick)).isEqualTo(3);
    assertThat(Continuity.repeatedTicksMax(Duration.ofMillis(290), tick)).isEqualTo(4);
  }

  @Test
  void aNewBootIsFound() {
    ConsoleLog rebooted = console("BOOTED 1.60 " + OTHER + "\n" + ticks(1, 3, OTHER));

    assertThat(Continuity.sameBoot(console(1, 9), rebooted))
        .hasSize(2)
        .anyMatch(fault -> fault.contains("booted anew"))
        .anyMatch(fault -> fault.contains("tick 1 shows boot id " + OTHER));
  }

  @Test
  void aGapOrARepetitionWithinOneConsoleIsFound() {
    assertThat(Continuity.consecutive(console(1, 9))).isEmpty();
    assertThat(Continuity.consecutive(console(ticks(1, 3, ID) + ticks(5, 6, ID))))
        .singleElement()
        .asString()
        .contains("from 3 to 5");
    assertThat(Continuity.consecutive(console(ticks(1, 3, ID) + ticks(3, 6, ID)))).hasSize(1);
  }

  @Test
  void aClockThatGoesBackIsFound() {
    ConsoleLog log = console("tick 1 5.00 " + ID + "\ntick 2 4.90 " + ID + "\n");

    assertThat(Continuity.consecutive(log)).singleElement().asString().contains("clock went back");
  }

  @Test
  void aSilentGuestDoesNotHold() {
    assertThat(Continuity.acrossHosts(console(1, 9), console(""), 3)).hasSize(1);
    assertThat(Continuity.acrossHosts(console(""), console(1, 9), 3)).hasSize(1);
  }
}
