package org.nilmigration.daemon.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged nild with an embedded ZooKeeper, operated by the packaged nilctl. Needs root. */
class NildIT {
  private static final Path PACKAGE = Path.of(System.getProperty("nil.package"));
  private static final Duration STARTS_WITHIN = Duration.ofSeconds(90);

  @TempDir private Path directory;
  private final List<Process> started = new ArrayList<>();
  private final Map<String, String> environment = new HashMap<>(System.getenv());
  private Path config;
  private Path memory;

  @BeforeEach
  void configure() throws IOException {
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    environment.keySet().removeIf(name -> name.startsWith("NIL_"));
    config = directory.resolve("host.yaml");
    memory = Files.createTempDirectory(Path.of("/dev/shm"), "nil-it-");
    memory.toFile().deleteOnExit(); // for a run that is ended from outside; the lock goes first
    memory.resolve(".lock").toFile().deleteOnExit();
    write(freePort(), freePort());
  }

  private void write(int apiPort, int zookeeperPort) throws IOException {
    Files.writeString(
        config,
        """
        cluster: it
        host: a
        region: region
        stateDir: state
        memory: {local: %s}
        zookeeper: {embedded: {port: %d}}
        api: {listen: "127.0.0.1:%d"}
        qemu: {accelerator: tcg}
        """
            .formatted(memory, zookeeperPort, apiPort));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @AfterEach
  void endAll() throws InterruptedException, IOException {
    for (Process process : started) {
      process.destroyForcibly();
      boolean unused = process.waitFor(10, TimeUnit.SECONDS);
    }
    Files.deleteIfExists(memory.resolve(".lock"));
    Files.delete(memory);
  }

  private Process nild() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(PACKAGE.resolve("bin/nild").toString(), "--config", config.toString())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.appendTo(log().toFile()));
    builder.environment().clear();
    builder.environment().putAll(environment);
    Process process = builder.start();
    started.add(process);
    return process;
  }

  private Path log() {
    return directory.resolve("nild.log");
  }

  private ProgramRun nilctl(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(PACKAGE.resolve("bin/nilctl").toString()));
    command.addAll(List.of(arguments));
    command.addAll(List.of("--config", config.toString()));
    return ProgramRun.of(directory, environment, command);
  }

  private void awaitReady(Process nild) {
    await()
        .atMost(STARTS_WITHIN)
        .pollInterval(Duration.ofMillis(200))
        .conditionEvaluationListener(
            seen -> assertThat(nild.isAlive()).as(() -> read(log())).isTrue())
        .until(() -> Files.exists(log()) && read(log()).contains(" started"));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private String refusal(int exitCode) throws IOException, InterruptedException {
    Process nild = nild();
    assertThat(nild.waitFor(STARTS_WITHIN.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(nild.exitValue()).as(read(log())).isEqualTo(exitCode);
    List<String> said = read(log()).lines().filter(line -> line.startsWith("nild: ")).toList();
    assertThat(read(log())).doesNotContain("\tat ");
    assertThat(said).hasSize(1);
    return said.getFirst();
  }

  @Test
  void aHostIsFormattedStartedAskedAndStopped() throws Exception {
    assertThat(nilctl("region", "format", "--capacity", "256MiB").exitCode()).isZero();
    Process nild = nild();
    awaitReady(nild);

    ProgramRun hosts = nilctl("host", "list");
    assertThat(hosts.exitCode()).as(hosts.err()).isZero();
    assertThat(hosts.out().lines().toList().get(1)).matches("a +up +answers .*");
    assertThat(nilctl("vm", "list").err()).contains("no guests");
    assertThat(nilctl("vm", "show", "web").exitCode()).isEqualTo(105);
    assertThat(nilctl("region", "show").out()).contains("hosts:    a");

    Process second = nild();
    assertThat(second.waitFor(STARTS_WITHIN.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(second.exitValue()).isEqualTo(69);
    assertThat(read(log())).contains("another nild holds");
    assertThat(nilctl("host", "list").exitCode()).isZero();

    nild.destroy();
    assertThat(nild.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(nild.exitValue()).as(read(log())).isZero();
    ProgramRun afterwards = nilctl("host", "list");
    assertThat(afterwards.exitCode()).isEqualTo(69);
    assertThat(afterwards.err()).contains("no nild answers at http://127.0.0.1:");
  }

  @Test
  void aGuestWhoseKernelIsMissingIsToldAndLeavesNothing() throws Exception {
    assertThat(nilctl("region", "format", "--capacity", "256MiB").exitCode()).isZero();
    awaitReady(nild());
    Path guest = directory.resolve("guest.yaml");
    Files.writeString(
        guest, "name: web\nmemory: 64MiB\nmachine: microvm\nkernel: no-such-kernel\n");
    ProgramRun applied = nilctl("vm", "apply", "-f", guest.toString());
    assertThat(applied.exitCode()).as(applied.out()).isNotZero();
    assertThat(applied.err()).contains("no-such-kernel");
    ProgramRun removed = nilctl("vm", "rm", "web");
    assertThat(removed.exitCode()).as(removed.err()).isZero();
    assertThat(nilctl("region", "show").out()).contains("guests:   none yet");
  }

  @Test
  void aRegionThatIsNotThereIsTold() throws Exception {
    assertThat(refusal(69)).contains("region", "nilctl region format");
    assertThat(directory.resolve("region")).doesNotExist();
  }

  @Test
  void aPortInUseIsTold() throws Exception {
    assertThat(nilctl("region", "format", "--capacity", "256MiB").exitCode()).isZero();
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      write(taken.getLocalPort(), freePort());
      assertThat(refusal(69)).contains("127.0.0.1:" + taken.getLocalPort(), "api.listen");
    }
  }

  @Test
  void allFaultsOfTheConfigurationAreToldAtOnce() throws Exception {
    Files.writeString(
        config, "host: a\nheart: {}\nepoch: {interval: 5}\nzookeeper: {embedded: {}}\n");
    Process nild = nild();
    assertThat(nild.waitFor(STARTS_WITHIN.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(nild.exitValue()).isEqualTo(78);
    assertThat(read(log())).contains("host.yaml:2:1", "host.yaml:3:19").doesNotContain("\tat ");
  }
}
