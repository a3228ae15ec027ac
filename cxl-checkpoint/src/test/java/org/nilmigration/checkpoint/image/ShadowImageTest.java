package org.nilmigration.checkpoint.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.memory.Reserve;

class ShadowImageTest {
  @TempDir Path dir;

  @Test
  void writesInsideTheImageAndNowhereElse() {
    try (Arena arena = Arena.ofConfined();
        MappedFile file = MappedFile.create(dir.resolve("image"), 8192, Reserve.SPARSE)) {
      MemorySegment page = arena.allocate(4096, 8).fill((byte) 3);
      ShadowImage image = new ShadowImage(file);
      image.write(4096, page, 0, 4096);
      image.settle();
      assertThat(file.segment().get(ValueLayout.JAVA_BYTE, 4095)).isZero();
      assertThat(file.segment().get(ValueLayout.JAVA_BYTE, 4096)).isEqualTo((byte) 3);
      assertThat(file.segment().get(ValueLayout.JAVA_BYTE, 8191)).isEqualTo((byte) 3);
      assertThatThrownBy(() -> image.write(4097, page, 0, 4096))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> image.write(-1, page, 0, 4096))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }
}
