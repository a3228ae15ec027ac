package org.nilmigration.migration.qemu;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.migration.hypervisor.StateStream;
import org.nilmigration.migration.qemu.QmpClient.Command;

/**
 * The way a device state takes into a QEMU that was started with {@code -incoming defer}. Opened
 * ahead of time; used once. Used by one thread at a time.
 */
final class IncomingState implements AutoCloseable {
  private static final long LAST_WORDS_NANOS_MAX = 2_000_000_000L;

  private final String who;
  private final Path path;
  private final Monitor monitor;
  private SocketChannel channel;
  private SelectionKey writing;

  IncomingState(String who, Path path, Monitor monitor) {
    this.who = who;
    this.path = path;
    this.monitor = monitor;
  }

  /** Lets QEMU listen and connects to it. Does nothing the second time. */
  void open(long nanosMax) {
    if (channel != null) {
      return;
    }
    Monitor.delete(path);
    JsonObject arguments = new JsonObject();
    arguments.addProperty("uri", "unix:" + path);
    monitor.qmp().execute(new Command("migrate-incoming", arguments), nanosMax).orThrow(who);
    try {
      channel = SocketChannel.open(UnixDomainSocketAddress.of(path));
      writing = monitor.sockets().register(channel, 0);
    } catch (IOException e) {
      throw refused("its socket " + path + " cannot be used (" + e.getMessage() + ")", e);
    } finally {
      Monitor.delete(path);
    }
  }

  /** Writes the state as it comes and waits until QEMU has loaded it. */
  void feed(StateStream state, long nanosMax) {
    if (!channel.isOpen()) {
      throw refused("it has been given one before", null);
    }
    long deadline = System.nanoTime() + nanosMax;
    IOException broken = null;
    try {
      MemorySegment piece = state.next(this::isDone);
      while (piece.byteSize() > 0) {
        write(piece.asByteBuffer(), deadline);
        piece = state.next(this::isDone);
      }
      channel.shutdownOutput();
    } catch (IOException e) {
      broken = e; // QEMU's own word on it follows on the monitor
    }
    awaitLoaded(deadline, broken);
    close();
  }

  /** Whether QEMU has loaded it, or has given up. */
  private boolean isDone() {
    QmpClient qmp = monitor.qmp();
    qmp.pump();
    return switch (qmp.migrationStatus()) {
      case "completed", "failed" -> true;
      default -> false;
    };
  }

  /** A QEMU that could not load the state says so, and then ends with its reason as last words. */
  private void awaitLoaded(long deadline, IOException broken) {
    QmpClient qmp = monitor.qmp();
    qmp.pump();
    long lastWords = Long.MAX_VALUE;
    while (!qmp.migrationStatus().equals("completed")) {
      if (qmp.migrationStatus().equals("failed")) {
        long now = System.nanoTime();
        lastWords = Math.min(lastWords, now + LAST_WORDS_NANOS_MAX);
        if (now >= lastWords) {
          throw refused("QEMU could not load it", broken);
        }
        monitor.sockets().await(lastWords - now);
        qmp.pump();
      } else {
        qmp.waitOnce(deadline, "the end of loading a device state");
      }
    }
  }

  private void write(ByteBuffer bytes, long deadline) throws IOException {
    writing.interestOps(SelectionKey.OP_WRITE);
    try {
      while (bytes.hasRemaining()) {
        if (channel.write(bytes) == 0) {
          monitor.qmp().waitOnce(deadline, "for more of a device state");
        }
      }
    } finally {
      writing.interestOps(0);
    }
  }

  private FaultException refused(String what, Throwable cause) {
    return new FaultException(
        FaultKind.ERROR,
        who
            + " did not take the device state: "
            + what
            + "; expected the state of the same machine, memory size and QEMU version, see the"
            + " standby's "
            + Monitor.STDERR
            + ".",
        cause);
  }

  @Override
  public void close() {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        // QEMU has closed its end.
      }
    }
  }
}
