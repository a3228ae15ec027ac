package org.nilmigration.migration.qemu;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.migration.hypervisor.StateBuffer;

/**
 * Where QEMU sends its device state: a Unix socket that listens as long as the process lives, with
 * one connection per capture. Used by one thread at a time.
 */
final class StateSocket implements AutoCloseable {
  private static final int ROOM_BYTES = 64 << 10;

  private final Path path;
  private final ServerSocketChannel server;
  private final SocketWait wait;
  private final SelectionKey accepting;
  private SocketChannel stream;
  private boolean ended;

  private StateSocket(
      Path path, ServerSocketChannel server, SocketWait wait, SelectionKey accepting) {
    this.path = path;
    this.server = server;
    this.wait = wait;
    this.accepting = accepting;
  }

  static StateSocket listen(Path path, SocketWait wait) {
    try {
      ServerSocketChannel server = bind(path);
      return new StateSocket(path, server, wait, wait.register(server, 0));
    } catch (IOException e) {
      throw new FaultException(
          FaultKind.ERROR,
          "No socket could be made at " + path + " (" + e + "); expected a writable directory.",
          e);
    }
  }

  /** A listening socket at {@code path}, in place of a stale one of an earlier process. */
  static ServerSocketChannel bind(Path path) throws IOException {
    Files.deleteIfExists(path);
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      return server.bind(UnixDomainSocketAddress.of(path));
    } catch (IOException e) {
      server.close();
      throw e;
    }
  }

  Path path() {
    return path;
  }

  /** Awaits one stream from now on; one that an earlier, failed capture left behind is dropped. */
  void expect() throws IOException {
    closeStream();
    for (SocketChannel stale = server.accept(); stale != null; stale = server.accept()) {
      stale.close();
    }
    ended = false;
    accepting.interestOps(SelectionKey.OP_ACCEPT);
  }

  /** Reads what has come, without waiting; true once the stream has ended. */
  boolean drain(StateBuffer into) throws IOException {
    if (stream == null && !ended) {
      stream = server.accept();
      if (stream == null) {
        return false;
      }
      accepting.interestOps(0);
      wait.register(stream, SelectionKey.OP_READ);
    }
    while (!ended) {
      int read = stream.read(into.room(ROOM_BYTES));
      if (read == 0) {
        return false;
      }
      if (read < 0) {
        closeStream();
        ended = true;
      }
    }
    return true;
  }

  /** No stream is awaited any more. */
  void stop() {
    accepting.interestOps(0);
    closeStream();
  }

  private void closeStream() {
    if (stream != null) {
      closeQuietly(stream);
      stream = null;
    }
  }

  @Override
  public void close() {
    closeStream();
    closeQuietly(server);
  }

  private static void closeQuietly(AutoCloseable channel) {
    try {
      channel.close();
    } catch (Exception e) {
      // A socket that does not close holds nothing that anyone needs.
    }
  }
}
