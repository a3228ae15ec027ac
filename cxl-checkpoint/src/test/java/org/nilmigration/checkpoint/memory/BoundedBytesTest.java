package org.nilmigration.checkpoint.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class BoundedBytesTest {
  @Test
  void writesLittleEndianThroughChronicle() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(64, 64);
      BoundedBytes bytes = BoundedBytes.over(memory);
      bytes.writeInt(0, 0x04030201);
      bytes.writeShort(4, 0xfffe);
      bytes.writeLong(8, -5);
      assertThat(memory.asSlice(0, 6).toArray(ValueLayout.JAVA_BYTE))
          .containsExactly(1, 2, 3, 4, 0xfe, 0xff);
      assertThat(bytes.readInt(0)).isEqualTo(0x04030201);
      assertThat(bytes.readUnsignedShort(4)).isEqualTo(0xfffe);
      assertThat(bytes.readLong(8)).isEqualTo(-5);
    }
  }

  @Test
  void refusesEveryAccessThatLeavesIt() {
    try (Arena arena = Arena.ofConfined()) {
      BoundedBytes bytes = BoundedBytes.over(arena.allocate(64));
      for (long offset : new long[] {-1, 57, 64, Long.MAX_VALUE, Long.MIN_VALUE}) {
        assertThatThrownBy(() -> bytes.readLong(offset))
            .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> bytes.writeLong(offset, 1))
            .isInstanceOf(IndexOutOfBoundsException.class);
      }
    }
  }

  @Test
  void diesWithItsMemory() {
    BoundedBytes bytes;
    try (Arena arena = Arena.ofConfined()) {
      bytes = BoundedBytes.over(arena.allocate(64));
    }
    assertThatThrownBy(() -> bytes.readInt(0)).isInstanceOf(IllegalStateException.class);
  }
}
