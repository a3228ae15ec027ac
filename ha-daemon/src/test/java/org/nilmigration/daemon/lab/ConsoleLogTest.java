package org.nilmigration.daemon.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.nilmigration.daemon.lab.ConsoleLog.Tick;

class ConsoleLogTest {
  private static final String ID = "cdee4d3b-61c5-4c51-8b70-39b1597e27d2";

  @Test
  void readsWhatTheGuestImagePrints() {
    ConsoleLog log =
        ConsoleLog.parse(
            """
            [    0.272253] PCI: Fatal: No config space access function found\r
            BOOTED 1.60 %s\r
            tick 1 1.66 %s\r
            memtest ok Stuck Address\r
            redis 3\r
            memtest FAILURE FAILURE: 0x00 != 0x01 at offset 0x12\r
            dirty ready\r
            dirty FAILURE no room for 64 MiB and the half of it\r
            hot 17\r
            hot FAILURE dd: out of memory\r
            tick 2 1.78 %s\r
            """
                .formatted(ID, ID, ID));

    assertThat(log.booted()).contains(ID);
    assertThat(log.ticks()).containsExactly(new Tick(1, 1.66, ID), new Tick(2, 1.78, ID));
    assertThat(log.testsPassed()).isOne();
    assertThat(log.testFailures()).hasSize(3);
    assertThat(log.testFailures().getFirst()).contains("offset 0x12");
    assertThat(log.testFailures().getLast()).contains("out of memory");
    assertThat(log.startsInsideLine()).isFalse();
  }

  @Test
  void anUnfinishedLastLineIsNotALine() {
    ConsoleLog log = ConsoleLog.parse("tick 1 1.66 %s\r\ntick 2 1.78 %s".formatted(ID, ID));

    assertThat(log.ticks()).extracting(Tick::number).containsExactly(1L);
  }

  @Test
  void theRestOfALineFromElsewhereIsNotALine() {
    ConsoleLog log = ConsoleLog.parse("k 7 9.66 %s\r\ntick 8 9.78 %s\r\n".formatted(ID, ID));

    assertThat(log.startsInsideLine()).isTrue();
    assertThat(log.ticks()).extracting(Tick::number).containsExactly(8L);
  }

  @Test
  void anEmptyConsoleHasNothing() {
    ConsoleLog log = ConsoleLog.parse("");

    assertThat(log.ticks()).isEmpty();
    assertThat(log.booted()).isEmpty();
    assertThat(log.startsInsideLine()).isFalse();
  }
}
