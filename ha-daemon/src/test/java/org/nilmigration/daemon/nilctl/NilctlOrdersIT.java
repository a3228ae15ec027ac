package org.nilmigration.daemon.nilctl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.nilmigration.daemon.nilctl.NilctlRun.assertOk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nilmigration.daemon.api.HostDocument;
import org.nilmigration.daemon.api.Json;
import org.nilmigration.daemon.rest.FakeCluster;
import org.nilmigration.failover.cluster.OperationState;
import org.nilmigration.failover.placement.PlacementState;

/** Cordon, drain and pause as a person gives them and sees them. */
class NilctlOrdersIT {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String ME = System.getProperty("user.name");

  @TempDir private Path directory;
  private ServedCluster served;
  private FakeCluster cluster;

  @BeforeEach
  void start() throws IOException {
    served = ServedCluster.start(directory);
    cluster = served.cluster();
  }

  @AfterEach
  void stop() {
    served.close();
  }

  private NilctlRun nilctl(String... arguments) {
    return served.nilctl(arguments);
  }

  @Test
  void aCordonIsListedAndShown() {
    cluster.add("web", PlacementState.RUNNING);
    assertOk(
        nilctl("host", "cordon", "b", "--reason", "new firmware"),
        "host b is cordoned by " + ME + " since 1970-01-01T00:00:00Z: new firmware");
    assertThat(nilctl("host", "list").out()).contains("alive, 3 ms ago  cordoned  -     web");
    assertOk(
        nilctl("host", "show", "b"),
        "cordon:         cordoned by " + ME + " since 1970-01-01T00:00:00Z: new firmware",
        "owns:           none",
        "stands by:      web");
    assertOk(nilctl("host", "uncordon", "b"), "host b may get guests again");
    HostDocument host =
        Json.read(nilctl("host", "show", "b", "-o", "json").out(), HostDocument.class);
    assertThat(host.cordon()).isNull();
    assertThat(nilctl("host", "show", "x").exitCode()).isEqualTo(105);
  }

  @Test
  void aPersonsWordThatAHostIsOff() {
    assertOk(
        nilctl("host", "confirm-dead", "b", "--reason", "plug pulled"), "host b counts as off");
    assertThat(cluster.asked).anyMatch(c -> c.contains("confirm-dead b ") && c.contains("pulled"));
    assertOk(nilctl("host", "confirm-dead", "b", "--force"), "host b counts as off");
    assertThat(cluster.asked).anyMatch(call -> call.startsWith("confirm-dead b by force"));
  }

  @Test
  void aDrainIsFollowedToItsEnd() {
    cluster.outcome = FakeCluster.drainOf("a", OperationState.DONE, "host a is empty");
    assertOk(nilctl("host", "drain", "a", "--parallel", "3"), "host a is empty and cordoned");
    assertThat(cluster.asked).contains("drain a 3");
  }

  @Test
  void aDrainThatTakesLongSaysWhatIsLeftAndGoesOn() {
    cluster.add("web", PlacementState.RUNNING);
    NilctlRun run = nilctl("host", "drain", "a", "--force", "--timeout", "250ms");
    assertThat(run.exitCode()).isEqualTo(124);
    assertThat(run.err())
        .isEqualTo(
            """
            web (owner) waiting: moves to host b
            nilctl: host a is drained: not done after 250 ms; it goes on, and --timeout waits longer
            nilctl: web (owner) waiting: moves to host b
            """);
    assertOk(
        nilctl("host", "show", "a"),
        "drained by " + ME,
        "VM   ROLE   DRAIN    REASON",
        "web  owner  waiting  moves to host b");

    assertOk(
        nilctl("host", "drain", "a", "--cancel"),
        "host a is not drained further and stays cordoned");
    NilctlRun again = nilctl("host", "drain", "a", "--cancel");
    assertThat(again.exitCode()).isEqualTo(64);
    assertThat(again.err()).contains("found no drain under way", "nilctl host show a");
  }

  @Test
  void aDrainGoesOnWhenItsWatcherIsInterrupted() throws Exception {
    cluster.add("web", PlacementState.RUNNING);
    Path said = directory.resolve("said");
    List<String> command =
        new ArrayList<>(
            List.of(
                "env", // a test run in the background of a shell ignores SIGINT, and so would this
                "--default-signal=INT",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                NilctlMain.class.getName()));
    command.addAll(served.line("host", "drain", "a", "--force"));
    Process watcher =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile()).start();
    try {
      await().atMost(SOON).until(() -> Files.readString(said).contains("web (owner) waiting"));
      Process kill = new ProcessBuilder("kill", "-INT", "" + watcher.pid()).start();
      assertThat(kill.waitFor()).isZero();
      assertThat(watcher.waitFor(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(Files.readString(said)).contains("the drain of host a goes on", "--cancel");
      assertThat(cluster.asked).noneMatch(call -> call.startsWith("cancel"));
    } finally {
      watcher.destroyForcibly();
    }
  }

  @Test
  void aDrainIsNotWaitedForWhenNotWanted() {
    assertOk(
        nilctl("host", "drain", "a", "--no-wait", "--force"),
        "host a is drained; 'nilctl host show a' shows how far it is");
    assertThat(cluster.asked).contains("drain a 2 by force");
  }

  @Test
  void aDrainThatSomebodyCancelsIsAnError() {
    cluster.outcome = FakeCluster.drainOf("a", OperationState.CANCELLED, "cancelled by bob");
    NilctlRun run = nilctl("host", "drain", "a");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("the drain was cancelled by bob");
  }

  @Test
  void aPauseIsSeenWhereverItHolds() {
    cluster.add("web", PlacementState.RUNNING);
    String sentence =
        "HA of guest web is paused since 1970-01-01T00:00:00Z until 'nilctl resume web' (by "
            + ME
            + ": test)";
    assertOk(nilctl("pause", "web", "--reason", "test"), sentence);
    assertThat(nilctl("vm", "list").out()).contains("protected   PAUSED  -");
    assertOk(nilctl("vm", "show", "web"), "ha:            " + sentence);
    assertOk(nilctl("resume", "web"), "HA of guest web is not paused any more");
    assertOk(nilctl("vm", "show", "web"), "ha:            on");

    assertOk(nilctl("pause"), "HA of all guests is paused");
    assertThat(nilctl("vm", "list").out()).contains("protected   PAUSED  -");
    assertThat(nilctl("host", "list").err())
        .contains("HA of all guests is paused", "nilctl resume");
    assertOk(nilctl("resume", "-o", "json"), "\"paused\": false");
  }
}
