package org.nilmigration.failover.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.MachineType;
import org.nilmigration.config.NetworkConfig;
import org.nilmigration.config.NicConfig;
import org.nilmigration.config.OutputMode;
import org.nilmigration.failover.cluster.HistoryRecord;
import org.nilmigration.failover.cluster.Order;
import org.nilmigration.failover.placement.PlacementState;

/** A guest whose output does not wait must not run twice: its owner is off before a takeover. */
class FencingIT extends AgentHosts {
  private static final Order ANN = new Order("ann", "plug pulled");

  /** Every other host's fence agent; see {@link HostProcess}. */
  private Path agent(String script) throws IOException {
    Path agent = region.directory().resolveSibling("fence");
    Path calls = region.directory().resolveSibling("fence.calls");
    Files.writeString(
        agent,
        "#!/bin/sh\naction=$(sed -n s/^action=//p)\necho $action >> " + calls + "\n" + script);
    Files.setPosixFilePermissions(agent, PosixFilePermissions.fromString("rwx------"));
    return calls;
  }

  private void runUnsafely() {
    GuestConfig safe = guest(null);
    NetworkConfig network =
        new NetworkConfig(
            List.of(new NicConfig("br0", "web0", "52:54:00:00:00:01")), OutputMode.IMMEDIATE);
    start("a");
    cluster.apply(
        new GuestConfig(
            safe.name(),
            safe.memory(),
            1,
            MachineType.MICROVM,
            null,
            safe.kernel(),
            null,
            null,
            null,
            network,
            List.of(),
            "a"),
        true);
    awaitPlacement(p -> p.state() == PlacementState.RUNNING);
    start("b");
    awaitPlacement(p -> p.owner().equals("a") && p.isProtected());
  }

  private List<String> ofHosts(String kind) {
    return cluster.history(null, 1_000).stream()
        .filter(record -> record.kind().equals(kind))
        .map(HistoryRecord::cause)
        .toList();
  }

  @Test
  void itsOwnerIsSwitchedOffFirst() throws IOException {
    Path calls = agent("[ $action = status ] && exit 2; exit 0\n");
    runUnsafely();
    Mark before = mark();
    hosts.remove("a").kill();

    awaitPlacement(p -> p.owner().equals("b"));
    assertThat(Files.readAllLines(calls)).containsExactly("off", "status");
    assertRunsOn(before);
    HistoryRecord record = awaitHistory("TAKEOVER", r -> !r.timingsMillis().isEmpty());
    assertThat(record.evidence().get("ruledOut")).contains("confirmed by fence");
    assertThat(ofHosts("FENCED"))
        .containsExactly("host a is off, confirmed by fence that host b ran");
  }

  @Test
  void whatNoAgentConfirmsAPersonCan() throws IOException {
    agent("echo no answer from the power switch; exit 1\n");
    runUnsafely();
    Mark before = mark();
    hosts.remove("a").kill();

    await().atMost(PATIENCE).until(() -> !ofHosts("FENCE_FAILED").isEmpty());
    assertThat(ofHosts("FENCE_FAILED").getFirst()).contains("no answer from the power switch");
    await()
        .during(Duration.ofSeconds(2))
        .atMost(PATIENCE)
        .until(() -> placement().owner().equals("a"));
    await().atMost(PATIENCE).until(() -> cluster.hosts().size() == 1);
    cluster.fencing().confirmDead("a", false, ANN);
    awaitPlacement(p -> p.owner().equals("b"));
    assertRunsOn(before);
    assertThat(ofHosts("CONFIRMED_DEAD")).containsExactly("host a is off, by ann: plug pulled");
  }

  @Test
  void nobodySaysThatOfAHostThatIsThere() {
    start("a");
    assertThatThrownBy(() -> cluster.fencing().confirmDead("a", false, ANN))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("session alive")
        .extracting(e -> ((FaultException) e).kind())
        .isEqualTo(FaultKind.UNSAFE);
    assertThatThrownBy(() -> cluster.fencing().confirmDead("x", false, ANN))
        .hasMessageContaining("no guest and no session");
  }
}
