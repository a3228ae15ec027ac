package org.nilmigration.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nilmigration.daemon.lab.OutsideNetwork;

/** {@code ha-daemon/guest/build-image} with the real package mirror. */
class GuestImageIT {
  @TempDir Path directory;

  private record Run(int exitCode, String said, List<String> printed) {}

  private Run build(String... arguments) throws IOException, InterruptedException {
    Path script = Path.of(System.getProperty("nil.home"), "guest", "build-image");
    Path said = directory.resolve("said");
    List<String> command = new ArrayList<>(List.of(script.toString()));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(OutsideNetwork.command(command)).redirectError(said.toFile()).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.waitFor(), Files.readString(said), printed.lines().toList());
  }

  @Test
  void aBuildIsUsedAgainUnlessItWasDamaged() throws IOException, InterruptedException {
    Path image = directory.resolve("image");

    Run first = build("--output", image.toString());
    assertThat(first.exitCode()).as(first.said()).isZero();
    assertThat(first.printed()).containsExactly(image.toString());
    assertThat(first.said()).contains("building the guest from");
    assertThat(image).isDirectoryContaining("glob:**/vmlinuz");
    byte[] initrd = Files.readAllBytes(image.resolve("initrd.gz"));

    assertThat(build("--output", image.toString()).said()).doesNotContain("building");

    Files.writeString(image.resolve("initrd.gz"), "x", StandardOpenOption.APPEND);
    Run repaired = build("--output", image.toString());
    assertThat(repaired.said()).contains("building the guest from");
    assertThat(Files.readAllBytes(image.resolve("initrd.gz"))).isEqualTo(initrd);
  }

  @Test
  void aDirectoryOfSomebodyElseIsNotTouched() throws IOException, InterruptedException {
    Path theirs = Files.createDirectory(directory.resolve("theirs"));
    Files.writeString(theirs.resolve("letter"), "dear");

    Run refused = build("--output", theirs.toString());

    assertThat(refused.exitCode()).isEqualTo(64);
    assertThat(refused.said()).contains("is not empty and holds no guest image");
    assertThat(theirs.resolve("letter")).hasContent("dear");
  }

  @Test
  void anUnknownArgumentIsRefused() throws IOException, InterruptedException {
    Run refused = build("--fast");

    assertThat(refused.exitCode()).isEqualTo(64);
    assertThat(refused.said()).contains("unknown argument '--fast'", "usage:");
  }
}
