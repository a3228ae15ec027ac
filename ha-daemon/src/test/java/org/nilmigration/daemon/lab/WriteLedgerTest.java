package org.nilmigration.daemon.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class WriteLedgerTest {
  private final WriteLedger ledger = new WriteLedger(2, 10);

  private void count(long reply, long nanos) {
    ledger.counting();
    ledger.counted(reply, nanos);
  }

  private void write(int key, long number) {
    ledger.writing(key, number);
    ledger.wrote(key, number, 0);
  }

  @Test
  void consecutiveAnswersHold() {
    count(11, 1);
    count(12, 2);
    write(0, 1);
    ledger.endsWithCounter(12);
    ledger.endsWith(0, 1);
    ledger.endsWith(1, 0);

    assertThat(ledger.acks()).isEqualTo(3);
    assertThat(ledger.faults()).isEmpty();
  }

  @Test
  void aCounterThatWentBackLostWrites() {
    count(11, 1);
    count(12, 2);
    count(12, 3);

    assertThat(ledger.lost()).isEqualTo(1);
    assertThat(ledger.appliedTwice()).isZero();
    assertThat(ledger.faults()).singleElement().asString().contains("answered 12, expected 13");
  }

  @Test
  void aCounterThatJumpedWasAppliedTwice() {
    count(11, 1);
    count(13, 2);

    assertThat(ledger.appliedTwice()).isEqualTo(1);
    assertThat(ledger.lost()).isZero();
  }

  @Test
  void whatIsInFlightMayOrMayNotHaveHappened() {
    count(11, 1);
    ledger.counting();
    ledger.endsWithCounter(11);
    ledger.endsWithCounter(12);
    assertThat(ledger.faults()).isEmpty();

    ledger.endsWithCounter(13);
    assertThat(ledger.appliedTwice()).isEqualTo(1);
    ledger.endsWithCounter(10);
    assertThat(ledger.lost()).isEqualTo(1);
  }

  @Test
  void aKeyHoldsWhatWasAcknowledgedOrSentLater() {
    write(0, 1);
    write(0, 2);
    ledger.writing(0, 3);
    ledger.endsWith(0, 2);
    ledger.endsWith(0, 3);
    assertThat(ledger.faults()).isEmpty();

    ledger.endsWith(0, 1);
    assertThat(ledger.lost()).isEqualTo(1);
    ledger.endsWith(0, 4);
    assertThat(ledger.faults()).last().asString().contains("only 3 was sent");
  }

  @Test
  void anAnswerAfterAMomentIsTheFirstOne() {
    for (long at : new long[] {10, 20, 30}) {
      count(11, at);
    }

    assertThat(ledger.firstAckAfter(10)).hasValue(20);
    assertThat(ledger.firstAckAfter(30)).isEmpty();
  }

  @Test
  void theLongestSilenceIsOneThatTouchesTheSpan() {
    for (long at : new long[] {0, 50, 60, 90, 100}) {
      count(11, at);
    }

    assertThat(ledger.longestSilence(55, 100)).isEqualTo(Duration.ofNanos(30));
    assertThat(ledger.longestSilence(40, 100)).isEqualTo(Duration.ofNanos(50));
    assertThat(ledger.longestSilence(95, 300)).isEqualTo(Duration.ofNanos(200));
  }
}
