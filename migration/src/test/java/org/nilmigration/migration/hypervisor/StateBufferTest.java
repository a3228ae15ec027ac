package org.nilmigration.migration.hypervisor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StateBufferTest {
  private final StateBuffer buffer = new StateBuffer();

  @AfterEach
  void release() {
    buffer.close();
    buffer.close();
  }

  @Test
  void keepsWhatWasAppendedWhenItGrows() {
    int chunk = 100_000;
    for (int i = 0; i < 50; i++) {
      byte[] bytes = new byte[chunk];
      Arrays.fill(bytes, (byte) i);
      buffer.room(chunk).put(bytes);
    }

    assertThat(buffer.length()).isEqualTo(50L * chunk);
    for (int i = 0; i < 50; i++) {
      assertThat(buffer.segment().get(JAVA_BYTE, (long) i * chunk)).isEqualTo((byte) i);
    }
  }

  @Test
  void isEmptyAfterClearAndKeepsItsMemory() {
    buffer.room(2 << 20).put(new byte[2 << 20]);
    long capacity = buffer.segment().byteSize();
    buffer.clear();

    assertThat(buffer.length()).isZero();
    assertThat(buffer.segment().byteSize()).isEqualTo(capacity);
  }

  @Test
  void refusesToHoldMoreThanADeviceState() {
    assertThatThrownBy(() -> buffer.room((int) StateBuffer.BYTES_MAX + 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("device state");
  }

  @Test
  void anExitDescribesItselfInWords() {
    assertThat(new GuestExit(1, GuestExit.Cause.CRASHED, "no such machine").describe())
        .isEqualTo("it ended by itself with exit code 1; last words: no such machine");
    assertThat(new GuestExit(137, GuestExit.Cause.CRASHED, "").describe())
        .contains("137")
        .contains("no word");
    assertThat(new GuestExit(0, GuestExit.Cause.GUEST_SHUTDOWN, "").describe())
        .contains("shut itself down");
  }
}
