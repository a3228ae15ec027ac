package org.nilmigration.migration.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.memory.Reserve;
import org.nilmigration.config.Accelerator;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.QemuConfig;
import org.nilmigration.migration.hypervisor.Launch;

/** What bad input gets: one sentence with the remedy, and nothing half-started. */
class QemuFaultsIT {
  private final QemuFixture fixture = new QemuFixture();

  @AfterEach
  void leaveNothingBehind() {
    fixture.close();
  }

  @Test
  void theProbeAcceptsThisMachine() throws IOException {
    fixture.hypervisor.probe();
    assertThat(children()).isZero();
  }

  @Test
  void aMissingBinaryIsNamedWithTheRemedy() {
    assertUnavailable("qemu-system-none", "'qemu-system-none' is in no directory", "install");
    assertUnavailable("/no/such/qemu", "no file /no/such/qemu", "'qemu.binary'");
  }

  @Test
  void aFileThatCannotBeRunIsNamed() throws IOException {
    Path file = Files.writeString(fixture.root.resolve("qemu"), "text");
    assertUnavailable(file.toString(), "is not an executable file", file.toString());
  }

  @Test
  void aBinaryThatIsNotQemuIsNamedWithWhatItSaid() throws IOException {
    String script = script("#!/bin/sh\necho GNU bash, version 5\n");
    assertUnavailable(script, "is not QEMU", "GNU bash, version 5");
    assertUnavailable(script("\0garbage"), "is not QEMU", "qemu.binary");
  }

  @Test
  void aQemuThatIsTooOldIsRefused() throws IOException {
    String script = script("#!/bin/sh\necho 'QEMU emulator version 6.2.0 (Debian)'\n");
    assertUnavailable(script, "found QEMU 6.2", "expected 7.2 or newer");
  }

  @Test
  void wrongArgumentsAreReportedInQemusOwnWords() throws IOException {
    GuestConfig guest = fixture.firmware(List.of("-device", "warp-drive"));
    MappedFile image = fixture.image("image", guest);

    assertThatThrownBy(() -> fixture.start(guest, image, "a"))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("guest 'g' ended at its start")
        .hasMessageContaining("warp-drive");
    assertThat(Files.exists(fixture.root.resolve("a/qmp.sock"))).isFalse();
    assertThat(children()).isZero();
  }

  @Test
  void aBinaryThatEndsSilentlyIsReportedAsSuch() throws IOException {
    GuestConfig guest = fixture.firmware(List.of());
    MappedFile image = fixture.image("image", guest);
    try (QemuHypervisor hypervisor =
        new QemuHypervisor(new QemuConfig(script("#!/bin/sh\nexit 3\n"), Accelerator.TCG))) {
      assertThatThrownBy(() -> hypervisor.start(fixture.launch(guest, image, "a", false)))
          .isInstanceOf(FaultException.class)
          .hasMessageContaining("ended at its start without a word");
    }
  }

  @Test
  void anImageOfTheWrongSizeIsRefusedAndNotEnlarged() throws IOException {
    GuestConfig guest = fixture.firmware(List.of());
    Path path = fixture.root.resolve("small");
    MappedFile.create(path, 1 << 20, Reserve.SPARSE).close();

    assertThatThrownBy(() ->
            fixture.hypervisor.start(new Launch(guest, path, fixture.root.resolve("a"), false)))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("found 1048576 bytes, expected 67108864");
    assertThat(Files.size(path)).isEqualTo(1 << 20);
  }

  @Test
  void aSocketPathThatIsTooLongIsRefused() {
    GuestConfig guest = fixture.firmware(List.of());
    MappedFile image = fixture.image("image", guest);

    assertThatThrownBy(() -> fixture.start(guest, image, "d".repeat(120)))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("is too long")
        .hasMessageContaining("expected at most 107");
  }

  private void assertUnavailable(String binary, String... words) {
    try (QemuHypervisor hypervisor = new QemuHypervisor(new QemuConfig(binary, Accelerator.TCG))) {
      assertThatThrownBy(hypervisor::probe)
          .isInstanceOfSatisfying(
              FaultException.class, e -> assertThat(e.kind()).isEqualTo(FaultKind.UNAVAILABLE))
          .message()
          .contains(words);
    }
  }

  private String script(String text) throws IOException {
    Path file = Files.createTempFile(fixture.root, "qemu", ".sh");
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    return file.toString();
  }

  private static long children() {
    return ProcessHandle.current().children().count();
  }
}
