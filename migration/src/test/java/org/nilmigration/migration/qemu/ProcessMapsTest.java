package org.nilmigration.migration.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nilmigration.checkpoint.dirty.TrackedRange;
import org.nilmigration.config.FaultException;

class ProcessMapsTest {
  private static final Path IMAGE = Path.of("/dev/shm/r/g000001-p000001.img");
  private static final long MIB = 1 << 20;

  @Test
  void joinsThePiecesOfOneMapping() {
    ProcessMaps maps =
        ProcessMaps.parse(
            1,
            List.of(
                "555500000000-555500100000 r-xp 00000000 fe:00 99          /usr/bin/qemu",
                "7f0000000000-7f0000400000 rw-s 00000000 00:1b 12          " + IMAGE,
                "7f0000400000-7f0008000000 rw-s 00400000 00:1b 12          " + IMAGE,
                "7f0009000000-7f0009001000 rw-p 00000000 00:00 0 "));

    assertThat(maps.rangeOf(IMAGE, 128 * MIB))
        .isEqualTo(new TrackedRange(0x7f0000000000L, 128 * MIB));
  }

  @Test
  void findsAFileWhoseNameIsGone() {
    ProcessMaps maps =
        ProcessMaps.parse(
            1,
            List.of("7f0000000000-7f0004000000 rw-s 00000000 00:1b 12   " + IMAGE + " (deleted)"));

    assertThat(maps.rangeOf(IMAGE, 64 * MIB).length()).isEqualTo(64 * MIB);
  }

  @Test
  void refusesAMappingWithAHole() {
    ProcessMaps maps =
        ProcessMaps.parse(
            1,
            List.of(
                "7f0000000000-7f0000400000 rw-s 00000000 00:1b 12   " + IMAGE,
                "7f0000800000-7f0008400000 rw-s 00400000 00:1b 12   " + IMAGE));

    assertThatThrownBy(() -> maps.rangeOf(IMAGE, 128 * MIB))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("4194304 bytes")
        .hasMessageContaining("expected one range of 134217728");
  }

  @Test
  void refusesAFileThatIsNotMapped() {
    ProcessMaps maps = ProcessMaps.parse(1, List.of());

    assertThatThrownBy(() -> maps.rangeOf(IMAGE, MIB))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("mapped over 0 bytes");
  }
}
