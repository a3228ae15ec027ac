package org.nilmigration.daemon.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * Two nodes of corosync 3 with all of its times at their defaults: how clusters without shared
 * memory notice that a host is dead. Its files, sockets and shared memory are those of its nodes'
 * namespaces alone; a corosync of the machine's own is not concerned. One thread.
 */
public final class CorosyncPair implements AutoCloseable {
  private static final Duration JOINED_WITHIN = Duration.ofSeconds(60);
  private static final Duration NOTICED_WITHIN = Duration.ofSeconds(60);
  private static final String JOINED = "Members[2]:";
  private static final String TOKEN_LOST = "A processor failed, forming new configuration";
  private static final String MEMBER_LEFT = "was formed. Members left:";
  private static final String TOKEN_KEY = "runtime.config.totem.token";

  private static final String START =
      """
      for directory in /run /dev/shm /var/lib/corosync; do
        mount -t tmpfs tmpfs "$directory"
      done
      exec corosync -f -c "$1"
      """;

  private final LabHost survivor;
  private final LabHost victim;

  CorosyncPair(Path directory, LabNetwork network, ExecutorService spawner) throws IOException {
    Path config = directory.resolve("corosync.conf");
    List<String> program = List.of("bash", "-euc", START, "corosync", config.toString());
    Path first = Files.createDirectory(directory.resolve("1"));
    Path second = Files.createDirectory(directory.resolve("2"));
    this.survivor = new LabHost("corosync1", first, program, network, spawner);
    this.victim = new LabHost("corosync2", second, program, network, spawner);
    Files.writeString(config, config());
  }

  private String config() {
    return """
    totem {
      version: 2
      cluster_name: nil-lab
    }
    nodelist {
      node {
        nodeid: 1
        name: corosync1
        ring0_addr: %s
      }
      node {
        nodeid: 2
        name: corosync2
        ring0_addr: %s
      }
    }
    quorum {
      provider: corosync_votequorum
      two_node: 1
    }
    logging {
      to_stderr: yes
      to_syslog: no
    }
    """
        .formatted(survivor.address(), victim.address());
  }

  /**
   * Starts the nodes that do not run, and returns when both are members.
   *
   * @throws FaultException UNAVAILABLE with the remedy where there is no corosync
   */
  public void start() {
    requireCorosync();
    int before = log().length();
    for (LabHost node : List.of(survivor, victim)) {
      if (!node.isRunning()) {
        node.launch();
      }
    }
    awaitLog("both corosync nodes are members", JOINED_WITHIN, before, JOINED);
  }

  private static void requireCorosync() {
    try {
      Commands.run(List.of("corosync", "-v"));
    } catch (FaultException e) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "corosync is what detection is compared with, and 'corosync -v' cannot be run: install Debian's package corosync with 'bin/setup bench'",
          e);
    }
  }

  /** The token timeout that the nodes use, in their own words. */
  public Duration token() {
    String pid = Long.toString(survivor.init().orElseThrow().pid());
    String said =
        Commands.attempt(
                List.of(
                    "nsenter",
                    "--mount",
                    "--net",
                    "--pid",
                    "--target",
                    pid,
                    "--",
                    "corosync-cmapctl",
                    "-g",
                    TOKEN_KEY))
            .said();
    try {
      return Duration.ofMillis(Long.parseLong(said.substring(said.lastIndexOf(' ') + 1)));
    } catch (NumberFormatException e) {
      throw new FaultException(
          FaultKind.ERROR,
          "'corosync-cmapctl -g %s' said '%s', expected milliseconds at its end"
              .formatted(TOKEN_KEY, said),
          e);
    }
  }

  /**
   * What the survivor said, in nanoseconds since the SIGKILL.
   *
   * @param tokenLostNanos that some processor failed
   * @param memberLeftNanos that the other node is a member no more, which is when programs above
   *     corosync are told
   */
  public record Noticed(long tokenLostNanos, long memberLeftNanos) {}

  /** Kills one of two members and waits until the other one has noticed. */
  public Noticed kill() {
    int before = log().length();
    long killed = victim.kill().firstNanos();
    awaitLog("corosync has lost its token", NOTICED_WITHIN, before, TOKEN_LOST);
    long lost = System.nanoTime();
    awaitLog("corosync has a new membership", NOTICED_WITHIN, before, MEMBER_LEFT);
    return new Noticed(lost - killed, System.nanoTime() - killed);
  }

  private void awaitLog(String what, Duration within, int after, String words) {
    boolean unused =
        Await.closely(
            what,
            within,
            () -> {
              survivor.requireAlive();
              return log().indexOf(words, after) < 0 ? Optional.empty() : Optional.of(true);
            });
  }

  private String log() {
    try {
      return Files.exists(survivor.log()) ? Files.readString(survivor.log()) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    victim.close();
    survivor.close();
  }
}
