package org.nilmigration.failover.agent;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.nilmigration.checkpoint.numa.MoveMechanism;
import org.nilmigration.checkpoint.region.LocalMemory;
import org.nilmigration.checkpoint.region.Region;
import org.nilmigration.config.Accelerator;
import org.nilmigration.config.ApiConfig;
import org.nilmigration.config.ByteSize;
import org.nilmigration.config.EpochConfig;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FenceAgentConfig;
import org.nilmigration.config.FencingConfig;
import org.nilmigration.config.HeartbeatConfig;
import org.nilmigration.config.HostConfig;
import org.nilmigration.config.MemoryConfig;
import org.nilmigration.config.OnStop;
import org.nilmigration.config.QemuConfig;
import org.nilmigration.config.RegionFlush;
import org.nilmigration.config.TakeoverConfig;
import org.nilmigration.config.ZooKeeperConfig;
import org.nilmigration.failover.cluster.Cluster;

/**
 * A host as a process of its own, so that a test can really kill or stop it: a {@link HostAgent}
 * with stand-in guests. {@link #main} is the inside, the instances are the outside.
 */
final class HostProcess implements AutoCloseable {
  private final Process process;
  private final PrintWriter commands;

  private HostProcess(Process process) {
    this.process = process;
    this.commands = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
  }

  static HostProcess start(
      String connect,
      Path region,
      Path stateDirectory,
      String host,
      long incarnation,
      OnStop onStop) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx128m",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
            "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
            "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            HostProcess.class.getName(),
            connect,
            region.toString(),
            stateDirectory.toString(),
            host,
            Long.toString(incarnation),
            onStop.name()));
    try {
      return new HostProcess(
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log(host).toFile()))
              .start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What a host says goes to a file of its own: the tests' own output belongs to their runner. */
  private static Path log(String host) throws IOException {
    return Files.createDirectories(Path.of("target", "hosts")).resolve(host + ".log");
  }

  /** SIGKILL; returns when it is gone. */
  void kill() {
    awaitEnd(process.destroyForcibly());
  }

  /** SIGSTOP or SIGCONT. */
  void signal(String name) {
    try {
      int code = new ProcessBuilder("kill", "-" + name, "" + process.pid()).start().waitFor();
      if (code != 0) {
        throw new IllegalStateException("kill -" + name + " answered " + code);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** {@code leave}, {@code crash GUEST} or {@code shutdown GUEST}. */
  void tell(String command) {
    commands.println(command);
  }

  /** Waits for the end and returns the exit code. */
  int exitCode() {
    return awaitEnd(process);
  }

  private static int awaitEnd(Process process) {
    try {
      if (!process.waitFor(90, TimeUnit.SECONDS)) {
        throw new IllegalStateException("host process " + process.pid() + " did not end");
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
    awaitEnd(process);
  }

  /**
   * The host itself. Arguments: connect string, region, state directory, host, incarnation, what to
   * do on stop.
   */
  public static void main(String[] args) throws IOException {
    HostConfig config = config(args);
    StandInHypervisor hypervisor = new StandInHypervisor(config.host());
    try (Region region = Region.open(config.region());
        LocalMemory local = LocalMemory.open(config.memory().local());
        Cluster cluster =
            Cluster.connect(args[0], config.zookeeper().sessionTimeout(), config.cluster());
        HostAgent agent =
            HostAgent.start(
                new HostAgentSetup(
                    config,
                    region,
                    local,
                    MoveMechanism.of(config.region()),
                    hypervisor,
                    cluster,
                    Long.parseLong(args[4]),
                    "none"))) {
      obey(agent, hypervisor);
    } catch (FaultException e) {
      System.err.println(args[3] + ": " + e.getMessage());
      System.exit(e.kind().exitCode());
    }
    System.exit(0);
  }

  private static void obey(HostAgent agent, StandInHypervisor hypervisor) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ");
      switch (words[0]) {
        case "crash" -> hypervisor.latest(words[1]).crash();
        case "shutdown" -> hypervisor.latest(words[1]).powerdown();
        case "status" -> System.out.println(agent.status());
        default -> {
          return;
        }
      }
    }
    Runtime.getRuntime().halt(1);
  }

  /** The program {@code fence} beside the region is every other host's agent, where it is. */
  private static FencingConfig fencing(String[] args) {
    Path agent = Path.of(args[1]).resolveSibling("fence");
    if (!Files.exists(agent)) {
      return FencingConfig.NONE;
    }
    List<FenceAgentConfig> agents =
        List.of(new FenceAgentConfig(agent, Map.of(), Duration.ofSeconds(10), 1));
    Map<String, List<FenceAgentConfig>> hosts = new TreeMap<>();
    Stream.of("a", "b", "c")
        .filter(host -> !host.equals(args[3]))
        .forEach(host -> hosts.put(host, agents));
    return new FencingConfig(hosts);
  }

  private static HostConfig config(String[] args) {
    return new HostConfig(
        "test",
        args[3],
        Path.of(args[1]),
        RegionFlush.AUTO,
        Path.of(args[2]),
        new ZooKeeperConfig(args[0], null, Duration.ofSeconds(2)),
        new ApiConfig("127.0.0.1", 7400),
        new HeartbeatConfig(Duration.ofMillis(5), Duration.ofMillis(800), Duration.ofSeconds(15)),
        new TakeoverConfig(Duration.ZERO, Duration.ZERO, 1000),
        fencing(args),
        null,
        new EpochConfig(
            Duration.ofMillis(25), Duration.ofMillis(5), Duration.ofMillis(100), ByteSize.ofMiB(4)),
        new QemuConfig("none", Accelerator.TCG),
        new MemoryConfig(Path.of(args[1]).resolveSibling("local-" + args[3]), null),
        OnStop.valueOf(args[5]));
  }
}
