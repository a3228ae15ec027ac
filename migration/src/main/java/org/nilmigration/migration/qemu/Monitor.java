package org.nilmigration.migration.qemu;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * A QEMU process with its QMP session, ready for commands. Made by {@link #start}, which leaves
 * neither process nor socket behind when it fails.
 */
record Monitor(QemuProcess process, QmpClient qmp, SocketWait sockets) implements AutoCloseable {
  static final String STDERR = "qemu.log";

  private static final String SOCKET = "qmp.sock";
  private static final int SOCKET_PATH_BYTES_MAX = 107;
  private static final long START_NANOS_MAX = 60_000_000_000L;
  private static final long LIVENESS_NANOS = 50_000_000L;

  /** QEMU would otherwise pace a state of 300 KB at 128 MiB/s. */
  static final long UNLIMITED_BYTES_PER_SECOND = 1L << 40;

  /**
   * Starts {@code binary} and speaks QMP with it.
   *
   * @param arguments the arguments, given the path of the monitor socket to connect to
   * @param directory private directory for the socket and for the standard error, {@value #STDERR}
   * @param who subject of a fault's sentence
   * @param orphan what becomes of it when the daemon dies
   */
  static Monitor start(
      NativeThread thread,
      Path binary,
      Function<Path, List<String>> arguments,
      Path directory,
      String who,
      QemuProcess.Orphan orphan) {
    Path socket = socket(directory, SOCKET);
    Path stderr = directory.resolve(STDERR);
    SocketWait wait = new SocketWait();
    QemuProcess process = null;
    try (ServerSocketChannel server = StateSocket.bind(socket)) {
      wait.register(server, SelectionKey.OP_ACCEPT);
      process =
          thread.call(() -> QemuProcess.spawn(binary, arguments.apply(socket), stderr, orphan));
      QmpClient qmp =
          new QmpClient(
              who + " (pid " + process.pid() + ")", accept(server, process, wait, who), wait);
      qmp.handshake(START_NANOS_MAX);
      configureMigration(qmp, who, GuestMemory.LEFT_OUT, UNLIMITED_BYTES_PER_SECOND);
      return new Monitor(process, qmp, wait);
    } catch (IOException e) {
      throw abandon(process, wait, cannotListen(socket, e));
    } catch (QmpClosedException e) {
      throw abandon(process, wait, endedAtStart(process, who));
    } catch (RuntimeException e) {
      throw abandon(process, wait, e);
    } finally {
      delete(socket);
    }
  }

  /**
   * Speaks QMP with a process that an earlier run left; it is untouched when that fails.
   *
   * @param socket that the process listens on
   */
  static Monitor connect(QemuProcess process, Path socket, String who) {
    SocketWait wait = new SocketWait();
    try {
      QmpClient qmp =
          new QmpClient(who, SocketChannel.open(UnixDomainSocketAddress.of(socket)), wait);
      qmp.handshake(START_NANOS_MAX);
      return new Monitor(process, qmp, wait);
    } catch (IOException | QmpClosedException e) {
      wait.close();
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          who
              + " cannot be spoken to at "
              + socket
              + " ("
              + e
              + "); expected it to listen, kill that process.",
          e);
    } catch (RuntimeException e) {
      wait.close();
      throw e;
    }
  }

  /** The path of a socket in {@code directory}, refused when the kernel could not bind it. */
  static Path socket(Path directory, String name) {
    Path socket = directory.resolve(name);
    int bytes = socket.toString().getBytes(StandardCharsets.UTF_8).length;
    if (bytes > SOCKET_PATH_BYTES_MAX) {
      throw new FaultException(
          FaultKind.CONFIG,
          "The socket path "
              + socket
              + " is too long: found "
              + bytes
              + " bytes, expected at most "
              + SOCKET_PATH_BYTES_MAX
              + "; choose a shorter 'stateDir'.");
    }
    return socket;
  }

  static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // The next start in this directory replaces it.
    }
  }

  private static SocketChannel accept(
      ServerSocketChannel server, QemuProcess process, SocketWait wait, String who)
      throws IOException {
    long deadline = System.nanoTime() + START_NANOS_MAX;
    while (true) {
      boolean alive = process.alive();
      SocketChannel channel = server.accept();
      if (channel != null) {
        return channel;
      }
      if (!alive) {
        throw new QmpClosedException("it ended before it connected", null);
      }
      if (System.nanoTime() > deadline) {
        throw new FaultException(
            FaultKind.TIMEOUT,
            who + " did not connect to its monitor socket within 60 s; is the host overloaded?");
      }
      wait.await(LIVENESS_NANOS);
    }
  }

  /** What becomes of the guest's memory in a migration. */
  enum GuestMemory {
    /** Both processes map the same file, or nobody wants it. */
    LEFT_OUT,
    /** Copied before the guest runs at the target. */
    PRE_COPY,
    /** What is missing when the guest runs at the target follows then. */
    POST_COPY
  }

  static void configureMigration(
      QmpClient qmp, String who, GuestMemory memory, long bytesPerSecond) {
    JsonArray capabilities = new JsonArray();
    capabilities.add(capability("x-ignore-shared", memory == GuestMemory.LEFT_OUT));
    capabilities.add(capability("postcopy-ram", memory == GuestMemory.POST_COPY));
    capabilities.add(capability("events", true));
    JsonObject capabilityArguments = new JsonObject();
    capabilityArguments.add("capabilities", capabilities);
    JsonObject parameters = new JsonObject();
    parameters.addProperty("max-bandwidth", bytesPerSecond);
    List<QmpReply> replies =
        qmp.executeAll(
            START_NANOS_MAX,
            new QmpClient.Command("migrate-set-capabilities", capabilityArguments),
            new QmpClient.Command("migrate-set-parameters", parameters));
    replies.forEach(reply -> reply.orThrow(who));
  }

  private static JsonObject capability(String name, boolean state) {
    JsonObject capability = new JsonObject();
    capability.addProperty("capability", name);
    capability.addProperty("state", state);
    return capability;
  }

  private static FaultException endedAtStart(QemuProcess process, String who) {
    process.kill();
    String words = process.lastWords();
    return new FaultException(
        FaultKind.UNAVAILABLE,
        who
            + " ended at its start"
            + (words.isEmpty() ? " without a word" : ": " + words)
            + "; expected it to wait for commands, correct what it complains about.");
  }

  private static FaultException cannotListen(Path socket, IOException e) {
    return new FaultException(
        FaultKind.UNAVAILABLE,
        "No socket for QEMU could be made at "
            + socket
            + " ("
            + e
            + "); expected a writable directory on a file system with room.",
        e);
  }

  private static RuntimeException abandon(
      QemuProcess process, SocketWait wait, RuntimeException e) {
    wait.close();
    if (process != null) {
      process.kill();
    }
    return e;
  }

  @Override
  public void close() {
    qmp.close();
    sockets.close();
  }
}
