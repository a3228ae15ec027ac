package org.nilmigration.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Keys and defaults of a host's file: changing one breaks somebody's configuration. */
class HostConfigTest {
  @TempDir Path directory;

  private HostConfig read(String yaml) throws IOException {
    Path file = Files.writeString(directory.resolve("host.yaml"), yaml);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return ConfigFiles.host(file);
  }

  private void assertFaults(String yaml, String... lines) throws IOException {
    Path file = Files.writeString(directory.resolve("host.yaml"), yaml);
    assertThatThrownBy(() -> ConfigFiles.host(file))
        .isInstanceOfSatisfying(
            FaultException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(FaultKind.CONFIG);
              assertThat(e.getMessage().lines().map(l -> l.replace(file + ":", "")))
                  .containsExactly(lines);
            });
  }

  @Test
  void defaults() throws IOException {
    assertThat(read("host: a\nzookeeper: {embedded: {}}\n"))
        .isEqualTo(
            new HostConfig(
                "default",
                "a",
                Path.of("/dev/shm/nil-migration"),
                RegionFlush.AUTO,
                Path.of("/var/lib/nil-migration"),
                new ZooKeeperConfig(
                    null,
                    new EmbeddedZooKeeper(2181, Path.of("/var/lib/nil-migration/zookeeper")),
                    Duration.ofSeconds(2)),
                new ApiConfig("127.0.0.1", 7400),
                HeartbeatConfig.DEFAULT,
                new TakeoverConfig(Duration.ofSeconds(2), Duration.ofSeconds(2), 3),
                FencingConfig.NONE,
                null,
                new EpochConfig(
                    Duration.ofMillis(25),
                    Duration.ofMillis(5),
                    Duration.ofMillis(100),
                    ByteSize.ofMiB(64)),
                new QemuConfig("qemu-system-x86_64", Accelerator.KVM),
                new MemoryConfig(Path.of("/dev/shm/nil-local-default-a"), null),
                OnStop.HANDOVER));
  }

  @Test
  void everyKey() throws IOException {
    HostConfig config =
        read(
            """
            cluster: Lab-1
            host: Host-A
            region: region
            regionFlush: always
            stateDir: /run/nil
            zookeeper:
              connect: "zk1:2181,10.0.0.2:2182,[::1]:2183"
              sessionTimeout: 500ms
            api: {listen: "[::1]:0"}
            heartbeat: {interval: 10ms, suspectAfter: 40ms, lease: 1m}
            takeover: {grace: 0s, cooldown: 1m, hostsPerMinute: 7}
            fencing:
              Host-B:
                - agent: /usr/sbin/fence_ipmilan
                  parameters: {ip: 10.0.0.2, password: a b}
                  timeout: 5s
                  attempts: 3
                - agent: /usr/sbin/fence_sbd
            watchdog: {device: /dev/watchdog1, timeout: 5s}
            epoch: {interval: 1s, outputInterval: 10ms, idleInterval: 2s, log: 4MiB}
            qemu: {binary: /usr/bin/qemu, accelerator: tcg}
            memory: {local: /mnt/own, capacity: 64GiB}
            onStop: drain
            """);

    assertThat(config)
        .isEqualTo(
            new HostConfig(
                "Lab-1",
                "Host-A",
                directory.resolve("region"),
                RegionFlush.ALWAYS,
                Path.of("/run/nil"),
                new ZooKeeperConfig(
                    "zk1:2181,10.0.0.2:2182,[::1]:2183", null, Duration.ofMillis(500)),
                new ApiConfig("::1", 0),
                new HeartbeatConfig(
                    Duration.ofMillis(10), Duration.ofMillis(40), Duration.ofSeconds(60)),
                new TakeoverConfig(Duration.ZERO, Duration.ofMinutes(1), 7),
                new FencingConfig(
                    Map.of(
                        "Host-B",
                        List.of(
                            new FenceAgentConfig(
                                Path.of("/usr/sbin/fence_ipmilan"),
                                Map.of("ip", "10.0.0.2", "password", "a b"),
                                Duration.ofSeconds(5),
                                3),
                            new FenceAgentConfig(
                                Path.of("/usr/sbin/fence_sbd"),
                                Map.of(),
                                Duration.ofSeconds(20),
                                2)))),
                new WatchdogConfig(Path.of("/dev/watchdog1"), Duration.ofSeconds(5)),
                new EpochConfig(
                    Duration.ofSeconds(1),
                    Duration.ofMillis(10),
                    Duration.ofSeconds(2),
                    ByteSize.ofMiB(4)),
                new QemuConfig("/usr/bin/qemu", Accelerator.TCG),
                new MemoryConfig(Path.of("/mnt/own"), new ByteSize(64L << 30)),
                OnStop.DRAIN));
  }

  @Test
  void secretsInAFileThatOthersCanReadAreRefused() throws IOException {
    String agent = "host: a\nzookeeper: {embedded: {}}\nfencing: {b: [{agent: /f%s}]}\n";
    Path file = directory.resolve("open.yaml");
    Files.writeString(file, agent.formatted(", parameters: {password: tiger}"));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertThatThrownBy(() -> ConfigFiles.host(file))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("open to others", "chmod 600")
        .hasMessageNotContaining("tiger");
    Files.writeString(file, agent.formatted(""));
    assertThat(ConfigFiles.host(file).fencing().agents("b")).hasSize(1);
  }

  @Test
  void aFenceAgentDoesNotTellItsSecrets() {
    FenceAgentConfig agent =
        new FenceAgentConfig(
            Path.of("/usr/sbin/fence_x"), Map.of("password", "tiger"), Duration.ofSeconds(5), 1);
    assertThat(agent.toString()).contains("fence_x", "password").doesNotContain("tiger");
  }

  @Test
  void embeddedServerIsReachedOnLoopback() throws IOException {
    HostConfig config =
        read("host: a\nzookeeper: {embedded: {port: 2999, dataDir: zk}, sessionTimeout: 1s}\n");

    assertThat(config.zookeeper().embedded())
        .isEqualTo(new EmbeddedZooKeeper(2999, directory.resolve("zk")));
    assertThat(config.zookeeper().connectString()).isEqualTo("127.0.0.1:2999");
  }

  @Test
  void allFaultsAtOnceInFileOrderWithLineAndColumn() throws IOException {
    assertFaults(
        """
        cluster: 7
        region: /dev/shm/r
        colour: red
        zookeeper: {connect: "zk1", embedded: {port: 70000, prot: 1}}
        heartbeat:
          interval: 5
          suspectAfter: 1ms
        epoch: [25ms]
        api: {listen: "127.0.0.1:99999"}
        qemu: {accelerator: KVM}
        cluster: b
        """,
        "1:1: key 'host': found nothing, expected up to 32 letters, digits and inner hyphens; add"
            + " the key",
        "1:10: key 'cluster': found the number 7, expected text; put it in quotes",
        "3:1: key 'colour': found an unknown key, expected one of cluster, host, region, regionFlush, stateDir,"
            + " zookeeper, api, heartbeat, takeover, fencing, watchdog, epoch, qemu, memory, onStop; remove or correct it",
        "4:22: key 'zookeeper.connect': found 'zk1', expected host:port pairs joined by commas;"
            + " write for example zk1:2181,zk2:2181,zk3:2181",
        "4:39: key 'zookeeper.embedded': found it beside connect, expected one of connect and"
            + " embedded; give connect for an ensemble, or embedded for a cluster on one machine",
        "4:46: key 'zookeeper.embedded.port': found the number 70000, expected a port from 1 to"
            + " 65535; choose one in that range",
        "4:53: key 'zookeeper.embedded.prot': found an unknown key, expected one of port, dataDir;"
            + " remove or correct it",
        "6:13: key 'heartbeat.interval': found the number 5, expected a duration such as 5ms, 2s"
            + " or 1m; write a number and its unit",
        "7:17: key 'heartbeat.suspectAfter': found '1ms', expected a duration from 20ms to 60s;"
            + " choose one in that range",
        "8:8: key 'epoch': found a list, expected a mapping; indent its keys below it",
        "9:15: key 'api.listen': found '127.0.0.1:99999', expected address:port; write for example"
            + " 127.0.0.1:7400 or [::1]:7400",
        "10:21: key 'qemu.accelerator': found 'KVM', expected kvm or tcg; write it in lower case",
        "11:1: key 'cluster': found it a second time (first in line 1), expected it once; remove"
            + " one of them");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "heartbeat: {interval: 50ms} | 3:12: key 'heartbeat.suspectAfter': found 150ms, expected at"
            + " least four heartbeat intervals, 200ms; raise suspectAfter or lower interval",
        "heartbeat: {interval: 2s} | 3:23: key 'heartbeat.interval': found '2s', expected a"
            + " duration from 1ms to 1s; choose one in that range",
        "fencing: {b: [{agent: fence}]} | 3:23: key 'fencing.b[0].agent': found 'fence', expected an"
            + " absolute path without control characters; write the whole path from /",
        "fencing: {b: [{agent: /f, parameters: {action: reboot}}]} | 3:40: key"
            + " 'fencing.b[0].parameters.action': found 'action', expected a parameter of the"
            + " agent, of letters, digits, '_' and '-', other than action and nodename; look at the"
            + " agent's own manual",
        "memory: {local: [a]} | 3:17: key 'memory.local': found a list, expected a path; put it in"
            + " quotes",
        "memory: {locale: /dev/shm/a} | 3:10: key 'memory.locale': found an unknown key, expected"
            + " one of local, capacity; remove or correct it",
        "epoch: {log: 5000KiB} | ",
        "epoch: {log: 4194305} | 3:14: key 'epoch.log': found the number 4194305, expected a"
            + " multiple of 4KiB from 4MiB to 64GiB; choose such a size",
        "memory: {capacity: 1MiB} | 3:20: key 'memory.capacity': found '1MiB', expected a multiple"
            + " of 4KiB from 64MiB to 1024TiB; choose such a size",
        "epoch: {log: 1MiB} | 3:14: key 'epoch.log': found '1MiB', expected a multiple of 4KiB from"
            + " 4MiB to 64GiB; choose such a size",
        "epoch: {interval: 0ms} | 3:19: key 'epoch.interval': found '0ms', expected a duration from"
            + " 1ms to 10s; choose one in that range",
        "epoch: {interval: } | 3:18: key 'epoch.interval': found nothing, expected a duration such"
            + " as 5ms, 2s or 1m; write a number and its unit",
        "epoch: {outputInterval: 26ms} | 3:25: key 'epoch.outputInterval': found 26ms, expected at"
            + " most the epoch's interval, 25ms; lower outputInterval or raise interval",
        "epoch: {idleInterval: 24ms} | 3:23: key 'epoch.idleInterval': found 24ms, expected at least"
            + " the epoch's interval, 25ms; raise idleInterval or lower interval",
        "epoch: {outputInterval: 0ms} | 3:25: key 'epoch.outputInterval': found '0ms', expected a"
            + " duration from 1ms to 10s; choose one in that range",
        "epoch: {idleInterval: 11s} | 3:23: key 'epoch.idleInterval': found '11s', expected a"
            + " duration from 1ms to 10s; choose one in that range",
        "epoch: {outputIntervall: 5ms} | 3:9: key 'epoch.outputIntervall': found an unknown key,"
            + " expected one of interval, outputInterval, idleInterval, log; remove or correct it",
        "cluster: no/slash | 3:10: key 'cluster': found 'no/slash', expected up to 32 letters,"
            + " digits and inner hyphens; choose such a name",
      })
  void ranges(String line, String fault) throws IOException {
    String yaml = "host: a\nzookeeper: {embedded: {}}\n" + line + "\n";
    if (fault == null) {
      assertThat(read(yaml)).isNotNull();
    } else {
      assertFaults(yaml, fault);
    }
  }

  @Test
  void epochIntervalsThatAreNotSaidFollowTheOneThatIs() throws IOException {
    String rest = "host: a\nzookeeper: {embedded: {}}\nepoch: ";

    assertThat(read(rest + "{interval: 2ms}\n").epoch())
        .isEqualTo(epoch(Duration.ofMillis(2), Duration.ofMillis(2), Duration.ofMillis(100)));
    assertThat(read(rest + "{interval: 1s}\n").epoch())
        .isEqualTo(epoch(Duration.ofSeconds(1), Duration.ofMillis(5), Duration.ofSeconds(1)));
    assertThat(read(rest + "{outputInterval: 25ms, idleInterval: 25ms}\n").epoch())
        .isEqualTo(epoch(Duration.ofMillis(25), Duration.ofMillis(25), Duration.ofMillis(25)));
  }

  private static EpochConfig epoch(Duration interval, Duration output, Duration idle) {
    return new EpochConfig(interval, output, idle, ByteSize.ofMiB(64));
  }

  @Test
  void stateDirLeavesRoomForSockets() throws IOException {
    String longest = "/" + "x".repeat(HostConfig.STATE_DIR_BYTES_MAX - 1);
    String rest = "host: a\nzookeeper: {embedded: {}}\nstateDir: ";

    assertThat(read(rest + longest + "\n").stateDir()).hasToString(longest);
    assertFaults(
        rest + longest + "y\n",
        "3:11: key 'stateDir': found '"
            + longest
            + "y', expected an absolute path of at most 47 bytes; choose a shorter one, because"
            + " Unix sockets of at most 107 bytes lie below it");
  }

  @Test
  void zookeeperMustBeSaid() throws IOException {
    assertFaults(
        "host: a\n",
        "1:1: key 'zookeeper': found nothing, expected a mapping; give connect for an ensemble, or"
            + " embedded for a cluster on one machine");
    assertFaults(
        "host: a\nzookeeper: {}\n",
        "2:12: key 'zookeeper.connect': found nothing, expected one of connect and embedded; give"
            + " connect for an ensemble, or embedded for a cluster on one machine");
  }

  @Test
  void recordsHoldTheSameRulesWithoutAFile() {
    Duration lease = Duration.ofSeconds(15);
    assertThatThrownBy(
            () -> new HeartbeatConfig(Duration.ofMillis(50), Duration.ofMillis(150), lease))
        .isInstanceOf(FaultException.class)
        .hasMessage(
            "key 'heartbeat.suspectAfter': found 150ms, expected at least four heartbeat"
                + " intervals, 200ms; raise suspectAfter or lower interval");
    assertThatThrownBy(() -> new ZooKeeperConfig(null, null, Duration.ofSeconds(1)))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("found neither");
    assertThatThrownBy(() ->
            new EpochConfig(
                Duration.ofMillis(25), Duration.ofMillis(5), Duration.ofMillis(100), null))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("key 'epoch.log': found nothing");
    Duration interval = Duration.ofMillis(25);
    assertThatThrownBy(() -> epoch(interval, Duration.ofMillis(30), Duration.ofMillis(100)))
        .isInstanceOf(FaultException.class)
        .hasMessageStartingWith("key 'epoch.outputInterval': found 30ms, expected at most");
    assertThatThrownBy(() -> epoch(interval, Duration.ofMillis(5), Duration.ofMillis(20)))
        .isInstanceOf(FaultException.class)
        .hasMessageStartingWith("key 'epoch.idleInterval': found 20ms, expected at least");
  }

  @Test
  void aWatchdogOutlastsASuspicion() throws IOException {
    String host = "host: a\nzookeeper: {embedded: {}}\n";
    assertThat(read(host + "watchdog: {}\n").watchdog())
        .isEqualTo(new WatchdogConfig(Path.of("/dev/watchdog"), Duration.ofSeconds(10)));
    assertFaults(
        host + "heartbeat: {suspectAfter: 2s}\nwatchdog: {timeout: 10s}\n",
        "4:21: key 'watchdog.timeout': found 10s, expected at least eight times"
            + " heartbeat.suspectAfter, 16s, or the watchdog would reset a host that nobody has"
            + " suspected yet; raise watchdog.timeout or lower heartbeat.suspectAfter");
    assertFaults(
        host + "watchdog: {timeout: 2500ms}\n",
        "3:21: key 'watchdog.timeout': found '2500ms', expected a duration of whole seconds from 1s"
            + " to 10m; choose one in that range");
  }
}
