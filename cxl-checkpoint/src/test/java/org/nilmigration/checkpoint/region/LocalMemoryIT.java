package org.nilmigration.checkpoint.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/** A host's own memory on a real memory file system. */
class LocalMemoryIT {
  private static final String IMAGE = GuestRegion.imageName(1, 0);

  @TempDir Path disk;
  private Path root;
  private Path directory;

  @BeforeEach
  void make() throws IOException {
    root = Files.createTempDirectory(Path.of("/dev/shm"), "nil-local-");
    directory = root.resolve("own");
  }

  @AfterEach
  void remove() {
    Directories.remove(directory.resolve("g"));
    Directories.remove(directory);
    Directories.remove(root);
  }

  private void assertRefused(Path where, FaultKind kind, String... words) {
    assertThatThrownBy(() -> LocalMemory.open(where))
        .isInstanceOfSatisfying(
            FaultException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(kind);
              assertThat(e).hasMessageContainingAll(words);
            });
  }

  @Test
  void isPrivateAndKeepsOfAnEarlierRunWhatIsAskedFor() throws IOException {
    Path left;
    try (LocalMemory memory = LocalMemory.open(directory);
        MappedFile image = memory.createImage("g", IMAGE, 2L << 20)) {
      left = image.path();
      assertThat(left).isEqualTo(memory.imagePath("g", IMAGE)).hasSize(2L << 20);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
          .isEqualTo("rwx------");
    }
    try (LocalMemory next = LocalMemory.open(directory)) {
      next.retain(Set.of("g"));
      next.openImage("g", IMAGE, 2L << 20).close();
      next.retain(Set.of("other"));
      assertThat(left).doesNotExist();
      next.remove("g");
    }
  }

  @Test
  void oneDaemonAtATime() {
    try (LocalMemory memory = LocalMemory.open(directory)) {
      assertThat(memory.freeBytes()).isPositive();
      assertRefused(directory, FaultKind.UNAVAILABLE, "another nild holds");
    }
    LocalMemory.open(directory).close();
  }

  @Test
  void moreThanThereIsRoomForIsRefusedBeforeItIsMade() {
    try (LocalMemory memory = LocalMemory.open(directory)) {
      assertThatThrownBy(() -> memory.createImage("g", IMAGE, 1L << 50))
          .isInstanceOfSatisfying(
              FaultException.class, e -> assertThat(e.kind()).isEqualTo(FaultKind.UNAVAILABLE))
          .hasMessageContaining("no room in this host's own memory")
          .hasMessageContaining("needed 1024TiB");
      assertThat(directory.resolve("g")).doesNotExist();
      assertThatThrownBy(() -> memory.imagePath("../g", IMAGE)).isInstanceOf(FaultException.class);
    }
  }

  @Test
  void aDiskAStrangersDirectoryAndALinkAreRefused() throws IOException {
    if (!Files.getFileStore(disk).type().equals("tmpfs")) {
      assertRefused(disk.resolve("own"), FaultKind.CONFIG, "expected one in memory", "/dev/shm");
    }
    Files.createDirectory(
        directory,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    assertRefused(directory, FaultKind.CONFIG, "rwxr-xr-x", "expected a directory rwx------");
    Path link = Files.createSymbolicLink(root.resolve("link"), directory);
    assertRefused(link, FaultKind.CONFIG, "something that is no directory");
  }
}
