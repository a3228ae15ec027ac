package org.nilmigration.checkpoint.dirty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PageRunsTest {
  private final PageRuns runs = new PageRuns();

  @Test
  void joinsARunThatBeginsWhereTheLastOneEnded() {
    runs.add(0, 4096);
    runs.add(4096, 8192);
    runs.add(16384, 4096);

    assertThat(runs.count()).isEqualTo(2);
    assertThat(runs.start(0)).isZero();
    assertThat(runs.length(0)).isEqualTo(12288);
    assertThat(runs.start(1)).isEqualTo(16384);
    assertThat(runs.bytes()).isEqualTo(16384);
  }

  @Test
  void keepsEveryRunWhenItGrows() {
    for (long i = 0; i < 10_000; i++) {
      runs.add(i * 8192, 4096);
    }

    assertThat(runs.count()).isEqualTo(10_000);
    assertThat(runs.start(9_999)).isEqualTo(9_999 * 8192L);
    assertThat(runs.bytes()).isEqualTo(10_000 * 4096L);
  }

  @Test
  void isEmptyAfterClear() {
    runs.add(4096, 4096);
    runs.clear();

    assertThat(runs.count()).isZero();
    assertThat(runs.bytes()).isZero();
    assertThatThrownBy(() -> runs.start(0)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void refusesWhatIsNoPageRun() {
    assertThatThrownBy(() -> runs.add(1, 4096)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> runs.add(0, 100)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> runs.add(0, 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> runs.add(-4096, 4096)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aTrackedRangeIsWholePages() {
    assertThat(new TrackedRange(0x10000, 8192).hostVirtualEnd()).isEqualTo(0x12000);
    assertThatThrownBy(() -> new TrackedRange(0x10001, 4096))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new TrackedRange(0x10000, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
