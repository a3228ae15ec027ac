package org.nilmigration.daemon.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real namespaces: needs root. */
class NamespaceProcessIT {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir Path directory;
  private Path log;
  private Path mark;
  private ExecutorService spawner;

  @BeforeEach
  void setUp() {
    log = directory.resolve("log");
    mark = directory.resolve("a-name-that-no-other-process-has");
    spawner = Executors.newSingleThreadExecutor();
  }

  @AfterEach
  void tearDown() {
    spawner.shutdownNow();
    await().atMost(SOON).until(() -> processes().isEmpty());
  }

  /**
   * An init with a child in a session of its own, which signals to a process group do not reach.
   */
  private NamespaceProcess start() {
    String child = "exec sleep 1000; : " + mark;
    NamespaceProcess process =
        NamespaceProcess.start(
            List.of(
                "bash",
                "-c",
                "setsid bash -c '"
                    + child
                    + "; :' & echo pid $$; trap 'exit 0' TERM; while :; do sleep 0.1; done; : "
                    + mark),
            log,
            spawner);
    await().atMost(SOON).until(() -> Files.exists(log) && Files.readString(log).contains("pid"));
    return process;
  }

  private List<String> processes() {
    return Leftovers.of(List.of(mark));
  }

  @Test
  void killEndsEveryProcessOfTheNamespace() throws IOException {
    NamespaceProcess process = start();
    assertThat(Files.readString(log)).contains("pid 1");
    assertThat(processes()).hasSizeGreaterThanOrEqualTo(2);

    long before = System.nanoTime();
    LabHost.Killed sent = process.kill();

    assertThat(process.alive()).isFalse();
    assertThat(processes()).isEmpty();
    assertThat(sent.firstNanos()).isBetween(before, sent.lastNanos());
    assertThat(sent.lastNanos()).isLessThanOrEqualTo(System.nanoTime());
  }

  @Test
  void terminateAsksTheFirstProcess() {
    NamespaceProcess process = start();

    assertThat(process.terminate(SOON)).isTrue();
    assertThat(processes()).isEmpty();
  }

  @Test
  void theNamespaceEndsWithTheThreadThatStartedIt() {
    NamespaceProcess process = start();

    spawner.shutdownNow();

    await().atMost(SOON).until(() -> !process.alive());
    assertThat(processes()).isEmpty();
  }
}
