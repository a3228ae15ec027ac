package org.nilmigration.failover.fencing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nilmigration.config.FenceAgentConfig;
import org.nilmigration.config.FencingConfig;

/** Real agents: shell scripts that keep what they were told. */
class FencerTest {
  private static final long RUN = 7;

  @TempDir private Path directory;
  private final List<String> outcomes = new CopyOnWriteArrayList<>();
  private Fencer fencer;

  @AfterEach
  void close() {
    if (fencer != null) {
      fencer.close();
    }
  }

  /**
   * Appends a word for each call, and what it read for the last one; then does as the script says.
   */
  private FenceAgentConfig agent(String name, int attempts, String script) throws IOException {
    Path agent = directory.resolve(name);
    Files.writeString(
        agent,
        """
        #!/bin/sh
        cat > %1$s.in
        action=$(sed -n s/^action=//p %1$s.in)
        echo $action $# >> %1$s.calls
        %2$s
        """
            .formatted(agent, script));
    Files.setPosixFilePermissions(agent, PosixFilePermissions.fromString("rwx------"));
    return new FenceAgentConfig(
        agent, Map.of("password", "tiger"), Duration.ofSeconds(2), attempts);
  }

  private List<String> calls(String agent) throws IOException {
    Path calls = directory.resolve(agent + ".calls");
    return Files.exists(calls) ? Files.readAllLines(calls) : List.of();
  }

  private void fence(Duration pause, FenceAgentConfig... agents) {
    Fencer.Outcomes record =
        new Fencer.Outcomes() {
          @Override
          public void fenced(String host, long incarnation, String agent) {
            outcomes.add("fenced " + host + " " + incarnation + " " + agent);
          }

          @Override
          public void failed(String host, String reason) {
            outcomes.add("failed " + reason);
          }
        };
    FencingConfig config = new FencingConfig(Map.of("b", List.of(agents)));
    fencer = new Fencer(config, pause, record, () -> {});
    fencer.begin("b", RUN);
    await().atMost(Duration.ofSeconds(30)).until(() -> !outcomes.isEmpty());
  }

  private static final String OBEYS = "[ $action = status ] && exit 2; exit 0";

  @Test
  void theFirstAgentThatConfirmsEndsIt() throws IOException {
    fence(
        Duration.ofMinutes(1),
        agent("first", 2, "echo no route to it >&2; exit 1"),
        agent("second", 2, OBEYS),
        agent("third", 1, OBEYS));
    assertThat(outcomes).containsExactly("fenced b 7 second");
    assertThat(calls("first")).containsExactly("off 0", "off 0");
    assertThat(calls("second")).containsExactly("off 0", "status 0");
    assertThat(calls("third")).isEmpty();
    await().until(() -> fencer.busy("b", RUN, System.nanoTime()).contains("was switched off"));
    assertThat(directory.resolve("second.in"))
        .hasContent("action=status\nnodename=b\npassword=tiger\n");
  }

  @Test
  void whatIsNotConfirmedIsNotOff() throws IOException {
    fence(Duration.ofMinutes(1), agent("liar", 1, "exit 0"));
    assertThat(outcomes)
        .singleElement()
        .asString()
        .contains("failed liar off: done, but not confirmed; status: exit code 0", "expected");
    await().until(() -> fencer.busy("b", RUN, System.nanoTime()).contains("could not be fenced"));
    assertThat(fencer.busy("b", RUN + 1, System.nanoTime())).as("another run").isNull();
  }

  @Test
  void anAgentThatHangsOrIsNotThereIsAFailure() throws IOException {
    FenceAgentConfig absent =
        new FenceAgentConfig(directory.resolve("absent"), Map.of(), Duration.ofSeconds(2), 1);
    fence(Duration.ZERO, absent, agent("hangs", 1, "echo said something; sleep 60"));
    assertThat(outcomes.getFirst())
        .contains("absent off: cannot be started", "hangs off: no end within 2000 ms");
    await().until(() -> fencer.busy("b", RUN, System.nanoTime()) == null);
  }

  @Test
  void aHostWithoutAgentsCannotBeReached() throws IOException {
    fence(Duration.ofMinutes(1), agent("first", 1, OBEYS));
    assertThat(fencer.reaches("b")).isTrue();
    assertThat(fencer.reaches("c")).isFalse();
  }
}
