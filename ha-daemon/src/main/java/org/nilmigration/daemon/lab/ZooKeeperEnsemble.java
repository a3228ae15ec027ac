package org.nilmigration.daemon.lab;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/** ZooKeeper as several processes, of which any can be killed and started again. */
public final class ZooKeeperEnsemble implements AutoCloseable {
  private static final int TICK_MILLIS = 100;
  private static final int CLIENT_PORT = 2181;
  private static final int QUORUM_PORT = 2888;
  private static final int ELECTION_PORT = 3888;

  private final Path directory;
  private final String address;
  private final Duration session;
  private final Process[] members;

  private ZooKeeperEnsemble(Path directory, String address, Duration session, int members) {
    this.directory = directory;
    this.address = address;
    this.session = session;
    this.members = new Process[members];
  }

  /** Starts all members; clients wait for them. */
  static ZooKeeperEnsemble start(Path directory, String address, Duration session, int members) {
    ZooKeeperEnsemble ensemble = new ZooKeeperEnsemble(directory, address, session, members);
    for (int member = 1; member <= members; member++) {
      ensemble.start(member);
    }
    return ensemble;
  }

  /** What clients connect to. */
  String connectString() {
    return IntStream.rangeClosed(1, members.length)
        .mapToObj(member -> address + ":" + (CLIENT_PORT + member))
        .collect(Collectors.joining(","));
  }

  /**
   * Starts a member, the first time or after {@link #kill}.
   *
   * @param member 1 to their number
   */
  public void start(int member) {
    Path home = directory.resolve("zookeeper-" + member);
    try {
      Path data = Files.createDirectories(home.resolve("data"));
      Files.writeString(data.resolve("myid"), Integer.toString(member));
      Path config = Files.writeString(home.resolve("zoo.cfg"), config(data, member));
      members[member - 1] =
          new ProcessBuilder(command(config, home))
              .redirectInput(new File("/dev/null"))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(home.resolve("member.log").toFile()))
              .start();
    } catch (IOException e) {
      throw new FaultException(
          FaultKind.UNAVAILABLE, "starting ZooKeeper in %s failed: %s".formatted(home, e), e);
    }
  }

  private static List<String> command(Path config, Path home) {
    return List.of(
        "setpriv",
        "--pdeathsig",
        "KILL",
        "--",
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx96m",
        "-XX:+UseSerialGC",
        "-Dzookeeper.admin.enableServer=false",
        "-Dlogback.configurationFile=logback-lab.xml",
        "-Dnil.lab.log=" + home.resolve("zookeeper.log"),
        "-cp",
        System.getProperty("java.class.path"),
        "org.apache.zookeeper.server.quorum.QuorumPeerMain",
        config.toString());
  }

  private String config(Path data, int member) {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "dataDir=" + data,
                "clientPort=" + (CLIENT_PORT + member),
                "clientPortAddress=" + address,
                "tickTime=" + TICK_MILLIS,
                "initLimit=100",
                "syncLimit=50",
                "minSessionTimeout=" + 2 * TICK_MILLIS,
                "maxSessionTimeout=" + session.multipliedBy(30).toMillis(),
                "maxClientCnxns=0"));
    for (int i = 1; i <= members.length; i++) {
      lines.add("server.%d=%s:%d:%d".formatted(i, address, QUORUM_PORT + i, ELECTION_PORT + i));
    }
    return String.join("\n", lines) + "\n";
  }

  /** SIGKILL for one member; nothing of it is left on return. */
  public void kill(int member) {
    Process process = members[member - 1];
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    for (int member = 1; member <= members.length; member++) {
      if (members[member - 1] != null) {
        kill(member);
      }
    }
  }
}
