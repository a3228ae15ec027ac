package org.nilmigration.checkpoint.dirty;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.memory.Reserve;

class PopulatedRunsTest {
  private static final long MIB = 1 << 20;

  @TempDir Path directory;

  private final PageRuns runs = new PageRuns();

  @Test
  void findsEveryByteWrittenThroughTheMappingAndNotTheWholeFile() {
    long[] written = {0, 3 * MIB + 17, 7 * MIB, 16 * MIB - 1};
    try (MappedFile image =
        MappedFile.create(directory.resolve("image"), 16 * MIB, Reserve.SPARSE)) {
      for (long at : written) {
        image.segment().set(JAVA_BYTE, at, (byte) 1);
      }
      PopulatedRuns.of(image, runs);
    }

    for (long at : written) {
      assertThat(contains(at)).as("data at %d", at).isTrue();
    }
    assertThat(runs.bytes()).isLessThan(16 * MIB);
  }

  @Test
  void anUntouchedSparseImageHoldsNothing() {
    try (MappedFile image =
        MappedFile.create(directory.resolve("image"), 16 * MIB, Reserve.SPARSE)) {
      PopulatedRuns.of(image, runs);
    }

    assertThat(runs.count()).isZero();
  }

  @Test
  void aFullImageIsOneRun() throws IOException {
    Path path = directory.resolve("image");
    byte[] full = new byte[64 * 1024];
    Arrays.fill(full, (byte) 5);
    Files.write(path, full);
    try (MappedFile image = MappedFile.open(path, full.length)) {
      PopulatedRuns.of(image, runs);
    }

    assertThat(runs.count()).isEqualTo(1);
    assertThat(runs.bytes()).isEqualTo(full.length);
  }

  private boolean contains(long offset) {
    for (int i = 0; i < runs.count(); i++) {
      if (offset >= runs.start(i) && offset < runs.start(i) + runs.length(i)) {
        return true;
      }
    }
    return false;
  }
}
