package org.nilmigration.checkpoint.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

class MappedFileTest {
  private static final int MIB = 1 << 20;

  @TempDir Path dir;

  @Test
  void twoMappingsOfAFileShareItsBytes() {
    Path path = dir.resolve("shared");
    try (MappedFile a = MappedFile.create(path, 8192, Reserve.RESERVED);
        MappedFile b = MappedFile.open(path, 8192)) {
      a.segment().set(ValueLayout.JAVA_LONG, 4096, 42);
      assertThat(b.segment().get(ValueLayout.JAVA_LONG, 4096)).isEqualTo(42);
      assertThat(b.size()).isEqualTo(8192);
    }
  }

  @Test
  void aNewFileIsPrivateAndNeverAnOldOne() throws IOException {
    Path path = dir.resolve("new");
    MappedFile.create(path, 4096, Reserve.SPARSE).close();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .isEqualTo("rw-------");
    assertThatThrownBy(() -> MappedFile.create(path, 4096, Reserve.SPARSE))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("found a file of that name, expected none");
  }

  @Test
  void anotherSizeIsRefusedWithBothFigures() {
    Path path = dir.resolve("size");
    MappedFile.create(path, 4096, Reserve.SPARSE).close();
    assertThatThrownBy(() -> MappedFile.open(path, 8192))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("found 4096 bytes, expected 8192");
  }

  @Test
  void anEmptyFileAndAMissingOneAreRefused() throws IOException {
    Path empty = Files.createFile(dir.resolve("empty"));
    assertThatThrownBy(() -> MappedFile.open(empty, -1)).hasMessageContaining("found 0 bytes");
    assertThatThrownBy(() -> MappedFile.open(dir.resolve("none"), -1))
        .isInstanceOfSatisfying(
            FaultException.class, e -> assertThat(e.kind()).isEqualTo(FaultKind.NO_SUCH));
  }

  @Test
  void closeEndsSegmentAndViewsAndMayBeRepeated() {
    MappedFile file = MappedFile.create(dir.resolve("closed"), 4096, Reserve.SPARSE);
    MemorySegment segment = file.segment();
    BoundedBytes view = file.view(64, 64);
    view.writeLong(0, 7);
    assertThat(segment.get(ValueLayout.JAVA_LONG, 64)).isEqualTo(7);
    file.close();
    file.close();
    assertThatThrownBy(() -> segment.get(ValueLayout.JAVA_LONG, 64))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> view.readLong(0)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(file::checkSize).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void anUnlinkedFileStaysMapped() {
    Path path = dir.resolve("unlinked");
    try (MappedFile file = MappedFile.create(path, 4096, Reserve.RESERVED)) {
      file.unlink();
      assertThat(path).doesNotExist();
      file.segment().set(ValueLayout.JAVA_LONG, 0, 1);
      file.checkSize();
    }
  }

  @Test
  void aFileThatShrinksIsAFaultAndNotTheEndOfTheJvm() throws IOException {
    Path path = dir.resolve("shrinks");
    try (MappedFile file = MappedFile.create(path, MIB, Reserve.RESERVED)) {
      file.checkSize();
      truncate(path, 8192);
      assertThatThrownBy(file::checkSize)
          .isInstanceOf(FaultException.class)
          .hasMessageContaining("file shrank while mapped: found 8192 bytes, expected " + MIB);
      byte[] target = new byte[MIB];
      assertThatThrownBy(
              () -> {
                try {
                  MemorySegment.copy(file.segment(), ValueLayout.JAVA_BYTE, 0, target, 0, MIB);
                  file.segment().set(ValueLayout.JAVA_LONG, MIB - 8, 1);
                  file.checkSize();
                } catch (InternalError e) {
                  throw file.fault(e);
                }
              })
          .isInstanceOf(FaultException.class)
          .hasMessageContaining("file shrank while mapped");
    }
  }

  /** Bus errors are told from other accesses by the compiler, too: run it until it is compiled. */
  @Test
  void compiledAccessesSurviveAsWell() throws IOException {
    Path path = dir.resolve("compiled");
    try (MappedFile file = MappedFile.create(path, MIB, Reserve.RESERVED)) {
      long sum = 0;
      for (int i = 0; i < 200; i++) {
        sum += sum(file);
      }
      assertThat(sum).isZero();
      truncate(path, 4096);
      assertThatThrownBy(() -> sum(file))
          .isInstanceOf(FaultException.class)
          .hasMessageContaining("file shrank while mapped");
    }
  }

  @Test
  void anInterruptedThreadStillChecksTheSize() {
    try (MappedFile file = MappedFile.create(dir.resolve("interrupt"), 4096, Reserve.SPARSE)) {
      Thread.currentThread().interrupt();
      file.checkSize();
      assertThat(Thread.interrupted()).isTrue();
      file.checkSize();
    }
  }

  @Test
  void noRoomIsUnavailableAndLeavesNothing() throws IOException {
    Path shm = Path.of("/dev/shm");
    Assumptions.assumeTrue(Files.isWritable(shm), "no /dev/shm to fill");
    Path path = shm.resolve("nil-full-" + ProcessHandle.current().pid());
    long tooMuch = Files.getFileStore(shm).getTotalSpace() + MIB;
    assertThatThrownBy(() -> MappedFile.create(path, tooMuch, Reserve.RESERVED))
        .isInstanceOfSatisfying(
            FaultException.class, e -> assertThat(e.kind()).isEqualTo(FaultKind.UNAVAILABLE))
        .hasMessageContaining("region full");
    assertThat(path).doesNotExist();
  }

  @Test
  void holesAreFoundWithoutTouchingThem() {
    try (MappedFile file = MappedFile.create(dir.resolve("sparse"), 16L * MIB, Reserve.SPARSE)) {
      assertThat(file.nextData(0)).isEqualTo(file.size());
      file.segment().set(ValueLayout.JAVA_LONG, 8L * MIB, 1);
      assertThat(file.nextData(0)).isEqualTo(8L * MIB);
      long hole = file.nextHole(8L * MIB);
      assertThat(hole).isBetween(8L * MIB + 4096, 16L * MIB);
      assertThat(file.nextData(hole)).isEqualTo(file.size());
    }
  }

  private static long sum(MappedFile file) {
    try {
      long sum = 0;
      for (long at = 0; at < file.size(); at += 512) {
        sum += file.segment().get(ValueLayout.JAVA_LONG, at);
      }
      file.checkSize();
      return sum;
    } catch (InternalError e) {
      throw file.fault(e);
    }
  }

  private static void truncate(Path path, long bytes) throws IOException {
    try (RandomAccessFile f = new RandomAccessFile(path.toFile(), "rw")) {
      f.setLength(bytes);
    }
  }
}
