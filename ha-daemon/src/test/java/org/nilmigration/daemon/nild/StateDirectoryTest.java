package org.nilmigration.daemon.nild;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

class StateDirectoryTest {
  @TempDir private Path parent;

  private Path directory() {
    return parent.resolve("lib/host");
  }

  private static String permissions(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  private void assertRefused(FaultKind kind, String... says) {
    assertThatThrownBy(() -> StateDirectory.open(directory()).close())
        .asInstanceOf(InstanceOfAssertFactories.throwable(FaultException.class))
        .hasMessageContainingAll(says)
        .extracting(FaultException::kind)
        .isEqualTo(kind);
  }

  @Test
  void nobodyElseCanReadWhatItHolds() throws IOException {
    try (StateDirectory state = StateDirectory.open(directory())) {
      state.publishUrl("http://127.0.0.1:7400");
      long unused = state.nextIncarnation(1);
      assertThat(permissions(directory())).isEqualTo("rwx------");
      try (var files = Files.list(directory())) {
        assertThat(files)
            .hasSize(4)
            .allSatisfy(file -> assertThat(permissions(file)).isEqualTo("rw-------"));
      }
    }
    assertThat(directory().resolve("api.url")).doesNotExist();
  }

  @Test
  void theTokenIsRandomAndStays() throws IOException {
    StateDirectory.open(directory()).close();
    String token = Files.readString(directory().resolve("api.token"));
    StateDirectory.open(directory()).close();
    assertThat(Files.readString(directory().resolve("api.token"))).isEqualTo(token);
    assertThat(token.strip()).hasSize(43).matches("[A-Za-z0-9_-]+");

    Files.delete(directory().resolve("api.token"));
    StateDirectory.open(directory()).close();
    assertThat(Files.readString(directory().resolve("api.token"))).isNotEqualTo(token);
  }

  @Test
  void aSecondDaemonIsRefusedUntilTheFirstEnds() throws IOException {
    try (StateDirectory held = StateDirectory.open(directory())) {
      assertThat(held.token()).isNotNull();
      assertRefused(FaultKind.UNAVAILABLE, "another nild", "nild.lock");
    }
    StateDirectory.open(directory()).close();
  }

  @Test
  void aDirectoryThatOthersCanEnterIsRefused() throws IOException {
    Files.createDirectories(directory());
    Files.setPosixFilePermissions(directory(), PosixFilePermissions.fromString("rwxr-xr-x"));
    assertRefused(FaultKind.CONFIG, "rwxr-xr-x", "expected rwx------", "chmod 700");
  }

  @Test
  void aTokenThatOthersCanReadIsRefused() throws IOException {
    StateDirectory.open(directory()).close();
    Path token = directory().resolve("api.token");
    Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-r--r--"));
    assertRefused(FaultKind.CONFIG, "rw-r--r--", "expected rw-------", "delete the file");
  }

  @Test
  void aTokenCutShortIsRefused() throws IOException {
    StateDirectory.open(directory()).close();
    Files.writeString(directory().resolve("api.token"), "short\n");
    assertRefused(FaultKind.CONFIG, "5 characters");
  }

  @Test
  void incarnationsGrowAlsoWhenTheClockGoesBack() throws IOException {
    try (StateDirectory state = StateDirectory.open(directory())) {
      assertThat(state.nextIncarnation(1_000)).isEqualTo(1_000);
      assertThat(state.nextIncarnation(500)).isEqualTo(1_001);
      assertThat(state.nextIncarnation(2_000)).isEqualTo(2_000);
    }
    try (StateDirectory later = StateDirectory.open(directory())) {
      assertThat(later.nextIncarnation(0)).isEqualTo(2_001);
    }
  }

  @Test
  void anIncarnationThatIsNoNumberIsRefused() throws IOException {
    try (StateDirectory state = StateDirectory.open(directory())) {
      Files.writeString(directory().resolve("incarnation"), "x");
      assertThatThrownBy(() -> state.nextIncarnation(1))
          .isInstanceOf(FaultException.class)
          .hasMessageContaining("found 'x'");
    }
  }

  @Test
  void aFileThatCannotBeWrittenIsNamed() throws IOException {
    try (StateDirectory state = StateDirectory.open(directory())) {
      Files.createDirectories(directory().resolve("incarnation.new/full"));
      assertThatThrownBy(() -> state.nextIncarnation(1))
          .isInstanceOf(FaultException.class)
          .hasMessageContaining("incarnation: cannot be written");
    }
  }
}
