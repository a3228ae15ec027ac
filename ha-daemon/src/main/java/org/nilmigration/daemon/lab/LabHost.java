package org.nilmigration.daemon.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * One host of a lab. Its files lie in {@link #directory()}: {@code host.yaml}, {@code nild.log}
 * (all its runs) and the daemon's state directory. Methods may be called by any thread, one at a
 * time.
 */
public final class LabHost {
  private static final Duration READY_WITHIN = Duration.ofSeconds(90);
  private static final Duration STOP_WITHIN = Duration.ofSeconds(60);
  private static final Duration PLUGGED_WITHIN = Duration.ofSeconds(20);
  private static final Duration DAEMON_ENDS_WITHIN = Duration.ofSeconds(60);
  private static final int LOG_TAIL_LINES = 15;
  private static final int API_PORT = 7070;

  private final String name;
  private final Path directory;
  private final Path down;
  private final List<String> daemon;
  private final HostPort port;
  private final ExecutorService spawner;
  private NamespaceProcess process;
  private boolean closed;

  /**
   * @param daemon the program that the host runs, and its arguments
   */
  LabHost(
      String name,
      Path directory,
      List<String> daemon,
      LabNetwork network,
      ExecutorService spawner) {
    this.name = name;
    this.directory = directory;
    this.daemon = List.copyOf(daemon);
    this.down = directory.resolve("down");
    this.port = network.addHost(name, directory.resolve("plugged"), down);
    this.spawner = spawner;
  }

  public String name() {
    return name;
  }

  public Path directory() {
    return directory;
  }

  public Path log() {
    return directory.resolve("nild.log");
  }

  /** Its address on the lab's network. */
  String address() {
    return port.address();
  }

  String apiListen() {
    return address() + ":" + API_PORT;
  }

  /** Number of the interface behind which the present run of the host lies; for captures. */
  public int portIndex() {
    return port.index();
  }

  public Path stateDirectory() {
    return directory.resolve("state");
  }

  /** The REST interface; usable while the host runs. */
  public HostApi api() {
    return new HostApi(name, apiListen(), stateDirectory().resolve("api.token"));
  }

  /** Starts the daemon and returns when its API says that it is ready. */
  public void start() {
    launch();
    awaitReady();
  }

  private void awaitReady() {
    try {
      Await.until(
          "host " + name + " is ready",
          READY_WITHIN,
          () -> {
            requireAlive();
            return api().ready() ? Optional.of(true) : Optional.empty();
          });
    } catch (FaultException e) {
      if (e.kind() != FaultKind.TIMEOUT) {
        throw e;
      }
      throw new FaultException(e.kind(), e.getMessage() + "\n" + logTail(), e);
    }
  }

  /** Starts the daemon and returns when the host is connected. */
  synchronized void launch() {
    if (closed || isRunning()) {
      throw new FaultException(
          FaultKind.ERROR,
          "host %s: asked to start while %s"
              .formatted(name, closed ? "its lab is being closed" : "it runs"));
    }
    port.unplug();
    forget(down);
    forget(downNow());
    process = NamespaceProcess.start(port.start(daemon), log(), spawner);
    ProcessHandle init =
        Await.until("host " + name + " has a process", PLUGGED_WITHIN, this::aliveInit);
    port.plug(init);
    Await.until(
        "host " + name + " is connected",
        PLUGGED_WITHIN,
        () -> aliveInit().filter(unused -> port.isPlugged()));
  }

  private Optional<ProcessHandle> aliveInit() {
    requireAlive();
    return process.init();
  }

  /** Throws with the end of the host's log when it ended by itself. */
  public void requireAlive() {
    if (!isRunning()) {
      throw new FaultException(
          FaultKind.ERROR,
          "host %s: its daemon ended by itself, expected it to run; its last lines:\n%s"
              .formatted(name, logTail()));
    }
  }

  public synchronized boolean isRunning() {
    return process != null && process.alive();
  }

  /** Process 1 of the host as this machine numbers it; empty when the host does not run. */
  public synchronized Optional<ProcessHandle> init() {
    return process == null ? Optional.empty() : process.init();
  }

  /** Every process of the host, its QEMUs included. */
  public List<ProcessHandle> processes() {
    return init()
        .map(init -> Stream.concat(Stream.of(init), init.descendants()).toList())
        .orElse(List.of());
  }

  /**
   * When a host was killed, in {@link System#nanoTime()}; comparable with the stamps in the
   * history, because all hosts of a lab share the machine's CLOCK_MONOTONIC.
   *
   * @param firstNanos just before the first SIGKILL
   * @param lastNanos just after the last, when no process of it makes another step
   */
  public record Killed(long firstNanos, long lastNanos) {}

  /** The crash: SIGKILL for the whole process tree at once. */
  public synchronized Killed kill() {
    if (!isRunning()) {
      throw new FaultException(
          FaultKind.ERROR, "host %s: asked to kill it, but it does not run".formatted(name));
    }
    return process.kill();
  }

  /** The whole host stands still (SIGSTOP for every process) until {@link #thaw}. */
  public void freeze() {
    signal("STOP", processes());
  }

  /** The daemon alone stands still until {@link #thaw}; the guests run on. */
  public void freezeDaemon() {
    signal("STOP", daemon().stream().toList());
  }

  /** The daemon's process; empty while the host is without one. */
  public Optional<ProcessHandle> daemon() {
    return init().stream()
        .flatMap(ProcessHandle::children)
        .filter(child -> child.info().command().filter(file -> file.endsWith("/java")).isPresent())
        .findFirst();
  }

  /** SIGKILL for the daemon alone; its guests are left to themselves until {@link #startDaemon}. */
  public void killDaemon() {
    endDaemon(ProcessHandle::destroyForcibly);
  }

  /** SIGTERM for the daemon alone; what it leaves of its guests is left to themselves. */
  public void stopDaemon() {
    endDaemon(ProcessHandle::destroy);
  }

  private void endDaemon(Consumer<ProcessHandle> signal) {
    ProcessHandle running = daemon().orElseThrow();
    try {
      Files.writeString(down, "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    signal.accept(running);
    Await.until(
        "host " + name + " has no daemon",
        DAEMON_ENDS_WITHIN,
        () -> Files.exists(downNow()) ? Optional.of(true) : Optional.empty());
  }

  /** The next run of the daemon; returns when its API says that it is ready. */
  public void startDaemon() {
    forget(downNow());
    awaitReady();
  }

  private Path downNow() {
    return down.resolveSibling(down.getFileName() + ".now");
  }

  private static void forget(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Goes on as if nothing had happened. */
  public void thaw() {
    signal("CONT", processes());
  }

  /** The host reaches ZooKeeper no more; region, other hosts and clients are there for it. */
  public void cutFromZooKeeper() {
    port.lose(init().orElseThrow(), LabNetwork.ZOOKEEPER, true);
  }

  /** Ends {@link #cutFromZooKeeper}; so does a restart of the host. */
  public void rejoinZooKeeper() {
    port.lose(init().orElseThrow(), LabNetwork.ZOOKEEPER, false);
  }

  private static void signal(String signal, List<ProcessHandle> processes) {
    List<String> command = new ArrayList<>(List.of("kill", "-" + signal));
    processes.forEach(process -> command.add(Long.toString(process.pid())));
    Commands.run(command);
  }

  /** The orderly end: SIGTERM to the daemon, which hands its guests over. */
  public synchronized void stop() {
    if (!process.terminate(STOP_WITHIN)) {
      process.kill();
      throw new FaultException(
          FaultKind.TIMEOUT,
          "host %s: still there %d s after SIGTERM, so it was killed; its last lines:\n%s"
              .formatted(name, STOP_WITHIN.toSeconds(), logTail()));
    }
  }

  /** Ends the host for good; nothing can start it again. */
  synchronized void close() {
    closed = true;
    if (isRunning()) {
      process.kill();
    }
    port.unplug();
  }

  /** The consoles of one guest on this host, oldest first; a host has one per QEMU it started. */
  public List<Path> consoles(String guest) {
    Path guests = stateDirectory();
    if (!Files.isDirectory(guests)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(guests)) {
      return files
          .filter(file -> file.endsWith("console.log"))
          .filter(file -> namesGuest(guests.relativize(file), guest))
          .sorted(Comparator.comparingLong(LabHost::modified))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean namesGuest(Path relative, String guest) {
    for (Path part : relative) {
      if (part.toString().equals(guest)) {
        return true;
      }
    }
    return false;
  }

  private static long modified(Path file) {
    return file.toFile().lastModified();
  }

  /** The last lines of the daemon's log. */
  public String logTail() {
    try {
      List<String> lines =
          new String(Files.readAllBytes(log()), StandardCharsets.UTF_8).lines().toList();
      return String.join(
          "\n", lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size()));
    } catch (IOException e) {
      return "(no log: " + e.getMessage() + ")";
    }
  }
}
