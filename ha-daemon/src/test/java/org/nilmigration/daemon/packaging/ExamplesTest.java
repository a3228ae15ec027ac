package org.nilmigration.daemon.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nilmigration.config.ByteSize;
import org.nilmigration.config.ConfigFiles;
import org.nilmigration.config.FenceAgentConfig;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.HostConfig;
import org.nilmigration.config.OutputMode;

/** The commented examples are true: they parse, also with what their comments offer. */
class ExamplesTest {
  private static final Path EXAMPLES = Path.of("config/examples").toAbsolutePath();

  @TempDir private Path directory;

  @Test
  void theHostIsReadAndSaysTheDefaults() throws IOException {
    HostConfig host = ConfigFiles.host(EXAMPLES.resolve("host.yaml"));
    assertThat(host.host()).isEqualTo("a");
    Path bare = directory.resolve("host.yaml");
    Files.writeString(bare, "cluster: lab\nhost: a\nzookeeper: {embedded: {}}\n");
    assertThat(host).isEqualTo(ConfigFiles.host(bare));
  }

  @Test
  void theEnsembleInItsCommentIsRead() throws IOException {
    String text = Files.readString(EXAMPLES.resolve("host.yaml"));
    String connect =
        text.lines().filter(line -> line.contains("connect: zk1")).findFirst().orElseThrow();
    Path file = directory.resolve("host.yaml");
    Files.writeString(file, "host: a\nzookeeper:\n  " + connect.replace("#", "").strip() + "\n");
    assertThat(ConfigFiles.host(file).zookeeper().connect())
        .isEqualTo("zk1:2181,zk2:2181,zk3:2181");
  }

  private static String commented(String section) throws IOException {
    return Files.readString(EXAMPLES.resolve("host.yaml"))
        .lines()
        .dropWhile(line -> !line.equals("# " + section + ":"))
        .takeWhile(line -> line.startsWith("# "))
        .map(line -> line.substring(2))
        .collect(Collectors.joining("\n"));
  }

  @Test
  void theWatchdogInItsCommentIsRead() throws IOException {
    Path file = directory.resolve("host.yaml");
    Files.writeString(file, "host: a\nzookeeper: {embedded: {}}\n" + commented("watchdog") + "\n");
    assertThat(ConfigFiles.host(file).watchdog().timeout()).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void theFenceAgentInItsCommentIsRead() throws IOException {
    String fencing = commented("fencing");
    Path file = directory.resolve("host.yaml");
    Files.writeString(file, "host: a\nzookeeper: {embedded: {}}\n" + fencing + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    assertThat(ConfigFiles.host(file).fencing().agents("b"))
        .singleElement()
        .extracting(FenceAgentConfig::name)
        .isEqualTo("fence_ipmilan");
  }

  @Test
  void theGuestIsReadAlsoWithItsOptionalKeys() throws IOException {
    GuestConfig guest = ConfigFiles.guest(EXAMPLES.resolve("guest.yaml"));
    assertThat(guest.memory()).isEqualTo(ByteSize.ofMiB(256));

    String text = Files.readString(EXAMPLES.resolve("guest.yaml"));
    String all = Pattern.compile("^# (\\w+: )", Pattern.MULTILINE).matcher(text).replaceAll("$1");
    Path file = directory.resolve("guest.yaml");
    Files.writeString(file, all);
    GuestConfig full = ConfigFiles.guest(file);
    assertThat(full.disk()).isNotNull();
    assertThat(full.cpu()).isEqualTo("max");
    assertThat(full.network().nics()).singleElement().extracting("tap").isEqualTo("web0");
    assertThat(full.network().output()).isEqualTo(OutputMode.COMMIT);
    assertThat(full.qemuArgs()).isEqualTo(List.of("-device", "virtio-rng-device"));
    assertThat(full.host()).isEqualTo("a");
  }
}
