package org.nilmigration.checkpoint.numa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nilmigration.checkpoint.memory.Errno;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.memory.NativeException;
import org.nilmigration.checkpoint.memory.Reserve;

/** The policy of a real file in memory, on the node that every machine has. */
class NumaPolicyIT {
  private static final long BYTES = 8L << 20;

  private Path directory;
  private MappedFile file;

  @BeforeEach
  void make() throws IOException {
    directory = Files.createTempDirectory(Path.of("/dev/shm"), "nil-numa-");
    file = MappedFile.create(directory.resolve("image"), BYTES, Reserve.SPARSE);
    file.segment().fill((byte) 1);
  }

  @AfterEach
  void remove() throws IOException {
    file.close();
    Files.delete(file.path());
    Files.delete(directory);
  }

  private List<String> numaMaps() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/numa_maps")).stream()
        .filter(line -> line.contains(file.path().toString()))
        .toList();
  }

  @Test
  void aBoundFileIsBoundInEveryMapping() throws IOException {
    assertThat(numaMaps()).singleElement().asString().contains(" default ");

    NumaPolicy.bind(file, 0, BYTES, List.of(0));

    assertThat(NumaPolicy.nodeOf(file, BYTES / 2)).isZero();
    try (MappedFile second = MappedFile.open(file.path(), BYTES)) {
      assertThat(second.segment().get(java.lang.foreign.ValueLayout.JAVA_BYTE, 0))
          .isEqualTo((byte) 1);
      assertThat(numaMaps()).hasSize(2).allMatch(line -> line.contains(" bind:0 "));
    }
  }

  @Test
  void aMoveBindsSliceBySliceAndSaysWhyItFails() {
    NumaMove move = new NumaMove(file, List.of(0));
    move.run();
    assertThat(move.end().join()).isEmpty();
    assertThat(move.part()).isEqualTo(1);

    NumaMove nowhere = new NumaMove(file, List.of(999));
    nowhere.run();
    assertThat(nowhere.end().join())
        .hasValueSatisfying(
            fault -> assertThat(fault).hasMessageContaining("cannot move to memory nodes [999]"));

    NumaMove cancelled = new NumaMove(file, List.of(0));
    cancelled.cancel();
    cancelled.run();
    assertThat(cancelled.end().join())
        .hasValueSatisfying(fault -> assertThat(fault).hasMessageContaining("cancelled"));
  }

  @Test
  void aNodeThatIsNotThereIsRefused() {
    assertThatThrownBy(() -> NumaPolicy.bind(file, 0, BYTES, List.of(999)))
        .isInstanceOfSatisfying(
            NativeException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL))
        .hasMessageContaining("to nodes [999]");
  }
}
