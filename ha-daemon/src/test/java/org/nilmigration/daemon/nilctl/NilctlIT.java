package org.nilmigration.daemon.nilctl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nilmigration.daemon.nilctl.NilctlRun.assertOk;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.daemon.api.GuestDocument;
import org.nilmigration.daemon.api.Json;
import org.nilmigration.daemon.rest.FakeCluster;
import org.nilmigration.failover.cluster.HistoryKind;
import org.nilmigration.failover.cluster.HistoryRecord;
import org.nilmigration.failover.cluster.Operation;
import org.nilmigration.failover.cluster.OperationPhase;
import org.nilmigration.failover.cluster.OperationState;
import org.nilmigration.failover.cluster.OperationType;
import org.nilmigration.failover.placement.PlacementState;

/** nilctl over a real socket to the real REST server; only the cluster behind it is in memory. */
class NilctlIT {
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

  private String guestFile() throws IOException {
    Path file = directory.resolve("guest.yaml");
    return Files.writeString(file, FakeCluster.yaml("web")).toString();
  }

  @Test
  void anEmptyClusterSaysWhatToDo() {
    NilctlRun guests = nilctl("vm", "list");
    assertOk(guests);
    assertThat(guests.out()).isEmpty();
    assertThat(guests.err()).contains("no guests", "nilctl vm apply -f guest.yaml");
    assertThat(nilctl("history").err()).contains("nothing has happened to any guest");
    assertThat(nilctl("vm", "list", "-o", "json").out().strip()).isEqualTo("[]");
  }

  @Test
  void guestsAreListedAndShown() {
    cluster.add("db", PlacementState.STOPPED);
    cluster.add("web", PlacementState.RUNNING);
    assertThat(nilctl("vm", "list").out().lines())
        .containsExactly(
            "NAME  STATE             OWNER  STANDBY  PROTECTION  HA  OUTPUT  MEMORY  PLACEMENT "
                + " VCPUS  GENERATION  NOTE",
            "db    stopped, waiting  a      -        none        on  -       128MiB  cxl       "
                + "     1           3  -",
            "web   running           a      b        protected   on  -       128MiB  cxl       "
                + "     1           3  -");
    assertOk(
        nilctl("vm", "show", "web"),
        "owner:         a",
        "placement:     cxl now, cxl by default",
        "here:          owner, protected",
        "p50 2.50 ms, p99 4.25 ms (68 epochs)");
    GuestDocument guest =
        Json.read(nilctl("vm", "show", "web", "-o", "json").out(), GuestDocument.class);
    assertThat(guest.placement().generation()).isEqualTo(3);
  }

  @Test
  void aGuestsNetworkAndItsGateAreShown() {
    cluster.addSending("db", "immediate");
    cluster.addSending("web", "commit");
    assertThat(nilctl("vm", "list").out())
        .containsSubsequence(
            "PROTECTION  HA  OUTPUT", "protected   on  UNSAFE", "protected   on  commit");
    assertOk(
        nilctl("vm", "show", "web"),
        "nics:          web0 on br0 (52:54:00:00:00:01), web1 on br1 (52:54:00:00:00:02)\n",
        "output:        commit\n",
        "output gate:   held: output waits for its commit\n");
    assertOk(
        nilctl("vm", "show", "db"),
        "output:        immediate, UNSAFE: a takeover undoes what others have already seen\n",
        "output gate:   open: output leaves at once\n");
    cluster.add("mute", PlacementState.RUNNING);
    assertThat(nilctl("vm", "show", "mute").out()).doesNotContain("output");
  }

  @Test
  void unsafeOutputIsAppliedByForceAndRemarkedOn() throws IOException {
    String file =
        Files.writeString(
                directory.resolve("guest.yaml"),
                FakeCluster.yaml("web") + FakeCluster.nics("immediate"))
            .toString();
    NilctlRun refused = nilctl("vm", "apply", "-f", file);
    assertThat(refused.exitCode()).isEqualTo(107);
    assertThat(refused.err()).isEqualTo("nilctl: output is immediate\n");

    NilctlRun forced = nilctl("vm", "apply", "--force", "-f", file);
    assertOk(forced, "guest web runs on host a");
    assertThat(forced.err())
        .isEqualTo(
            "guest web: output is immediate, UNSAFE: a takeover undoes what others have already"
                + " seen\n");
  }

  @Test
  void hostsAreListed() {
    cluster.add("web", PlacementState.RUNNING);
    assertThat(nilctl("host", "list").out().lines())
        .containsExactly(
            "HOST  SESSION  HEARTBEAT        CORDON  OWNS  STANDS BY  API",
            "a     up       answers          -       web   -          http://127.0.0.1:7400",
            "b     up       alive, 3 ms ago  -       -     web        http://127.0.0.1:7401");
  }

  @Test
  void historyShowsTheTimesThatMatter() {
    cluster.history.add(
        HistoryRecord.of(HistoryKind.TAKEOVER, "web", "a", "b", 4, "host a is gone")
            .with(70, Map.of(), Map.of("resume", 12.5, "detection", 151.26, "zookeeper", 3.0)));
    assertOk(
        nilctl("history", "--vm", "web"),
        "takeover  web  a     b            4     70  detection 151.3 ms, resume 12.5 ms  host a is"
            + " gone");
    assertThat(cluster.asked).containsExactly("history web 50");
  }

  @Test
  void explainTellsAllOfOneRecord() {
    Map<String, String> evidence =
        Map.of(
            "verdict", "silent for longer than the threshold",
            "silentNanos", "151260000",
            "session", "alive of host a in ZooKeeper",
            "ruledOut", "a stall of this host: none; a planned move: none");
    Map<String, Double> millis = Map.of("resume", 12.5, "detection", 151.26, "zookeeper", 3.0);
    cluster.history.add(
        new HistoryRecord(
            "rec-0000000012",
            "TAKEOVER",
            "web",
            "a",
            "b",
            4,
            70,
            Instant.EPOCH,
            "host a is gone",
            evidence,
            millis));
    NilctlRun run = nilctl("explain", "12");
    assertOk(run, "cause:       host a is gone", "session:     alive of host a in ZooKeeper");
    assertThat(run.out().lines())
        .contains(
            "silent for:  151.3 ms",
            "ruled out 1: a stall of this host: none",
            "ruled out 2: a planned move: none")
        .containsSubsequence(
            "detection:   151.26 ms", "zookeeper:   3.00 ms", "resume:      12.50 ms");
    assertThat(nilctl("explain", "rec-0000000012").out()).isEqualTo(run.out());
    assertThat(nilctl("explain", "13").exitCode()).isEqualTo(105);
    NilctlRun wrong = nilctl("explain", "x");
    assertThat(wrong.exitCode()).isEqualTo(64);
    assertThat(wrong.err()).contains("found ID 'x'", "nilctl history shows them");
  }

  @Test
  void applyWaitsUntilTheGuestRuns() throws IOException {
    assertOk(
        nilctl("vm", "apply", "-f", guestFile()), "guest web runs on host a; protected by host b");
  }

  @Test
  void applyTellsWhyAGuestDidNotStart() throws IOException {
    cluster.startsAs = PlacementState.FAILED;
    NilctlRun run = nilctl("vm", "apply", "-f", guestFile());
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).isEqualTo("nilctl: guest web did not start: its note\n");
  }

  @Test
  void waitingEndsWithItsTimeout() throws IOException {
    cluster.startsAs = PlacementState.STARTING;
    NilctlRun run = nilctl("vm", "apply", "-f", guestFile(), "--timeout", "250ms");
    assertThat(run.exitCode()).isEqualTo(124);
    assertThat(run.err()).contains("guest web starts: not done after 250 ms");
    assertOk(nilctl("vm", "start", "web", "--no-wait"), "guest web is to run");
  }

  @Test
  void guestsAreStoppedAndRemoved() {
    cluster.add("web", PlacementState.RUNNING);
    assertOk(nilctl("vm", "stop", "web"), "guest web is stopped");
    assertOk(nilctl("vm", "rm", "web"), "guest web is removed");
    NilctlRun again = nilctl("vm", "rm", "web");
    assertThat(again.exitCode()).isEqualTo(105);
    assertThat(again.err()).contains("no guest is called 'web'");
  }

  private static Operation ended(OperationState state, String detail, int code) {
    return new Operation(
        "op-1",
        OperationType.MIGRATE,
        "web",
        null,
        "b",
        false,
        0,
        OperationPhase.HANDOFF,
        state,
        detail,
        code,
        Map.of("blackout", 2.345));
  }

  @Test
  void aMoveTellsItsBlackout() {
    cluster.outcome = ended(OperationState.DONE, null, 0);
    assertOk(
        nilctl("vm", "migrate", "web", "--to", "b"), "guest web runs on host b (blackout 2.35 ms)");
  }

  @Test
  void aMoveThatFailedExitsAsTheOperationSays() {
    cluster.outcome = ended(OperationState.FAILED, "host b is not its standby", 75);
    NilctlRun run = nilctl("vm", "migrate", "web", "--to", "b");
    assertThat(run.exitCode()).isEqualTo(75);
    assertThat(run.err()).isEqualTo("nilctl: host b is not its standby\n");
  }

  @Test
  void aMoveSaysWhatItIsToDoAndForHowLong() {
    cluster.outcome = ended(OperationState.DONE, null, 0);
    NilctlRun run = nilctl("vm", "migrate", "web", "--to", "b", "--recouple", "--timeout", "5s");
    assertThat(run.exitCode()).isZero();
    assertThat(cluster.asked).contains("submit MIGRATE web b recouple within 5000 ms");
  }

  @Test
  void aDryRunShowsTheChecksAndSubmitsNothing() {
    cluster.add("web", PlacementState.RUNNING);
    NilctlRun run = nilctl("vm", "migrate", "web", "--to", "b", "--dry-run", "--recouple");
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("CHECK", "hypervisor  OK", "both have QEMU 7.2")
        .contains("afterwards its memory moves into host b");
    NilctlRun refused = nilctl("vm", "migrate", "web", "--to", "x", "--dry-run");
    assertThat(refused.exitCode()).isEqualTo(FaultKind.NO_SUCH.exitCode());
    assertThat(refused.out()).contains("target  REFUSED", "expected one of a, b");
    assertThat(refused.err()).contains("would not move to host x: 1 of 3 checks");
    assertThat(cluster.asked).noneMatch(call -> call.startsWith("submit"));
  }

  @Test
  void aMoveIsCancelledByTheNameOfItsGuest() {
    NilctlRun nothing = nilctl("vm", "migrate", "web", "--cancel");
    assertThat(nothing.exitCode()).isEqualTo(FaultKind.USAGE.exitCode());
    assertThat(nothing.err()).contains("no operation under way");
    cluster.submit(Operation.migrate("web", "b", false, Duration.ZERO));
    assertOk(nilctl("vm", "migrate", "web", "--cancel"), "cancelled by");
    NilctlRun both = nilctl("vm", "migrate", "web", "--cancel", "--to", "b");
    assertThat(both.exitCode()).isEqualTo(FaultKind.USAGE.exitCode());
  }

  @Test
  void memoryIsDecoupledAndRecoupled() {
    cluster.outcome = ended(OperationState.DONE, "it is", 0);
    assertOk(nilctl("vm", "decouple", "web"), "the memory of guest web has moved into the region");
    assertOk(nilctl("vm", "recouple", "web"), "the memory of guest web has moved into its host");
    assertThat(cluster.asked)
        .contains(
            "submit DECOUPLE web null within 60000 ms", "submit RECOUPLE web null within 60000 ms");
    assertOk(nilctl("vm", "recouple", "web", "--no-wait"), "op-1 is submitted");

    cluster.outcome = ended(OperationState.FAILED, "no room in this host's own memory", 69);
    NilctlRun refused = nilctl("vm", "recouple", "web");
    assertThat(refused.exitCode()).isEqualTo(69);
    assertThat(refused.err()).isEqualTo("nilctl: no room in this host's own memory\n");
  }

  @Test
  void aMoveIsNotWaitedForWhenNotWanted() {
    assertOk(nilctl("vm", "migrate", "web", "--to", "b", "--no-wait"), "op-1 is submitted");
  }

  @ParameterizedTest
  @EnumSource(FaultKind.class)
  void everyFaultOfTheDaemonBecomesItsExitCode(FaultKind kind) {
    cluster.fault = new FaultException(kind, "what, where");
    NilctlRun run = nilctl("vm", "list");
    assertThat(run.exitCode()).isEqualTo(kind.exitCode());
    assertThat(run.err()).isEqualTo("nilctl: what, where\n");
  }

  @Test
  void aWrongTokenIsNamedByItsFile() throws IOException {
    Files.writeString(directory.resolve("token"), "another\n");
    NilctlRun run = nilctl("vm", "list");
    assertThat(run.exitCode()).isEqualTo(78);
    assertThat(run.err()).contains("did not accept the token in " + directory + "/token");
  }

  @Test
  void nobodyThereIsUnavailableAndSaysHowToStart() {
    String url = served.url();
    served.close();
    NilctlRun run = NilctlRun.of("vm", "list", "--api", url, "--token-file", directory + "/token");
    assertThat(run.exitCode()).isEqualTo(69);
    assertThat(run.err()).contains("no nild answers at " + url, "nild --config host.yaml");
  }

  @Test
  void somethingElseOnThePortIsTold() throws Exception {
    try (ServerSocket other = new ServerSocket(0)) {
      Thread answers =
          Thread.ofVirtual()
              .start(() -> {
                try (var socket = other.accept()) {
                  int unused = socket.getInputStream().read();
                  socket
                      .getOutputStream()
                      .write("HTTP/1.0 200 OK\r\n\r\n<html>".getBytes(StandardCharsets.US_ASCII));
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              });
      NilctlRun run =
          NilctlRun.of(
              "vm",
              "list",
              "--api",
              "http://127.0.0.1:" + other.getLocalPort(),
              "--token-file",
              directory + "/token");
      answers.join();
      assertThat(run.exitCode()).isEqualTo(1);
      assertThat(run.err()).contains("expected nild's JSON");
    }
  }
}
