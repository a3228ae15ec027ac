package org.nilmigration.checkpoint.layout;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Rules that every structure keeps: no overlap, words aligned, one writer per cache line. */
class LayoutTest {
  static List<Arguments> layouts() {
    return List.of(
        Arguments.of("superblock", SuperblockLayout.FIELDS, true, SuperblockLayout.FILE_BYTES),
        Arguments.of("host slot", HostSlotLayout.FIELDS, true, HostSlotLayout.FILE_BYTES),
        Arguments.of("control", GuestControlLayout.FIELDS, true, GuestControlLayout.FILE_BYTES),
        Arguments.of("log", LogLayout.FIELDS, false, LogLayout.RING),
        Arguments.of("handoff", HandoffLayout.FIELDS, false, HandoffLayout.STATE),
        Arguments.of("record", RecordLayout.FIELDS, true, RecordLayout.HEADER_BYTES));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("layouts")
  void fieldsFollowEachOther(String name, List<Field> fields, boolean dense, long bytes) {
    long end = 0;
    for (Field f : fields) {
      assertThat(f.offset()).as(f.name()).isGreaterThanOrEqualTo(end);
      if (dense) {
        assertThat(f.offset()).as("no gap before " + f.name()).isEqualTo(end);
      }
      if (f.bytes() == 4 || f.bytes() == 8) {
        assertThat(f.offset() % f.bytes()).as("alignment of " + f.name()).isZero();
      }
      end = f.offset() + f.bytes();
    }
    assertThat(end).isLessThanOrEqualTo(bytes);
    if (dense) {
      assertThat(end).isEqualTo(bytes);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("layouts")
  void everyCacheLineHasOneWriter(String name, List<Field> fields, boolean dense, long bytes) {
    Map<Long, String> writers = new HashMap<>();
    for (Field f : fields) {
      for (long line = f.offset() / 64; line <= (f.offset() + f.bytes() - 1) / 64; line++) {
        String other = writers.put(line, f.writer());
        assertThat(other).as("line of " + f.name()).isIn(null, f.writer());
      }
    }
  }

  /** A published word shares its line only with what it publishes. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("layouts")
  void everyPublishedWordHasItsOwnLine(String name, List<Field> fields, boolean dense, long bytes) {
    Map<Long, String> published = new HashMap<>();
    for (Field f : fields) {
      if (f.order().startsWith("release")) {
        assertThat(published.put(f.offset() / 64, f.name())).as(f.name()).isNull();
      }
    }
  }
}
