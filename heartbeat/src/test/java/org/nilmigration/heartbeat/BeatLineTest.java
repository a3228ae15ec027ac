package org.nilmigration.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.nilmigration.heartbeat.BeatLine.Beat;

class BeatLineTest {

  @Test
  void bytesArePinned() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(64, 64);
      BeatLine line = new BeatLine(memory);

      line.start(0x0102030405060708L, 5_000_000);
      line.leaveRelease(0x1112131415161718L, 0x2122232425262728L, 0x3132333435363738L);

      assertThat(HexFormat.of().formatHex(memory.toArray(ValueLayout.JAVA_BYTE)))
          .isEqualTo(
              "0807060504030201"
                  + "1817161514131211"
                  + "2827262524232221"
                  + "404b4c0000000000"
                  + "3837363534333231"
                  + "00".repeat(24));
      assertThat(line.readAcquire())
          .isEqualTo(
              new Beat(
                  0x0102030405060708L,
                  0x1112131415161718L,
                  0x2122232425262728L,
                  5_000_000,
                  0x3132333435363738L));
    }
  }

  @Test
  void aNewIncarnationBeginsAtBeatZero() {
    try (Arena arena = Arena.ofConfined()) {
      BeatLine line = new BeatLine(arena.allocate(64, 64));
      line.start(1, 5);
      line.beatRelease(9, 900);

      line.start(2, 7);

      assertThat(line.readAcquire()).isEqualTo(new Beat(2, 0, 0, 7, 0));
    }
  }

  @Test
  void onlyWholeCacheLines() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(256, 64);
      assertThatThrownBy(() -> new BeatLine(memory.asSlice(0, 128)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("beat line: found 128 bytes, expected 64");
      assertThatThrownBy(() -> new BeatLine(memory.asSlice(8, 64)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageEndingWith("expected a multiple of 64");
    }
  }

  /** Fails when the counter is stored before the time of its beat, or loaded after it. */
  @Test
  void theTimeIsNeverOlderThanTheCounter() {
    try (Arena arena = Arena.ofShared()) {
      BeatLine line = new BeatLine(arena.allocate(64, 64));
      AtomicBoolean done = new AtomicBoolean();
      CompletableFuture<Void> writer =
          CompletableFuture.runAsync(() -> {
            for (long n = 1; !done.get(); n++) {
              line.beatRelease(n, 1000 * n);
            }
          });
      long distinct = 0;
      long last = 0;
      try {
        for (int look = 0; look < 2_000_000 || distinct < 1_000; look++) {
          Beat beat = line.readAcquire();
          assertThat(beat.monotonicNanos() >= 1000 * beat.counter()).as("%s", beat).isTrue();
          distinct += beat.counter() != last ? 1 : 0;
          last = beat.counter();
        }
      } finally {
        done.set(true);
        writer.join();
      }
    }
  }
}
