package org.nilmigration.migration.qemu;

import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.qemu.Monitor.GuestMemory;
import org.nilmigration.migration.qemu.QmpClient.Command;

/**
 * One migration by QEMU alone of a running guest, with its memory, over a Unix socket to a waiting
 * process over an image of its own. Afterwards whoever runs the guest is set up as before. Used by
 * one thread.
 */
final class MemoryMigration implements AutoCloseable {
  private static final Duration END_WITHIN = Duration.ofSeconds(30);

  private final QemuGuest source;
  private final QemuGuest target;
  private final Path socket;
  private final JsonObject uri = new JsonObject();

  MemoryMigration(
      GuestProcess source, GuestProcess target, GuestMemory memory, long bytesPerSecond) {
    this.source = (QemuGuest) source;
    this.target = (QemuGuest) target;
    this.socket = Monitor.socket(this.target.directory(), "migration.sock");
    Monitor.delete(socket);
    uri.addProperty("uri", "unix:" + socket);
    configure(this.source, memory, bytesPerSecond);
    configure(this.target, memory, bytesPerSecond);
    this.target.execute(new Command("migrate-incoming", uri));
    target.resume(); // while it waits: it runs as soon as it is loaded, without being told
    this.target.monitor().qmp().forgetMigration();
    this.source.monitor().qmp().forgetMigration();
  }

  QemuGuest source() {
    return source;
  }

  void start() {
    source.execute(new Command("migrate", uri));
  }

  /** Waits for its end at the source; false when the time is over. */
  boolean endedBy(long deadlineNanos) {
    return ended(source, deadlineNanos);
  }

  /** After its end at the source: the target has all of the guest. */
  void complete() {
    require(source, "completed");
    awaitEnd(target, "completed");
    configure(target, GuestMemory.LEFT_OUT, Monitor.UNLIMITED_BYTES_PER_SECOND);
  }

  /** The guest runs on at the source. */
  void cancel() {
    source.execute(new Command("migrate_cancel"));
    awaitEnd(source, "cancelled");
    configure(source, GuestMemory.LEFT_OUT, Monitor.UNLIMITED_BYTES_PER_SECOND);
  }

  private static void configure(QemuGuest guest, GuestMemory memory, long bytesPerSecond) {
    Monitor.configureMigration(
        guest.monitor().qmp(), "QEMU " + guest.pid(), memory, bytesPerSecond);
  }

  private static boolean ended(QemuGuest guest, long deadlineNanos) {
    QmpClient qmp = guest.monitor().qmp();
    while (true) {
      qmp.pump();
      switch (qmp.migrationStatus()) {
        case "completed", "failed", "cancelled" -> {
          return true;
        }
        default -> {
          long left = deadlineNanos - System.nanoTime();
          if (left <= 0) {
            return false;
          }
          guest.monitor().sockets().await(left);
        }
      }
    }
  }

  private static void awaitEnd(QemuGuest guest, String expected) {
    boolean unused = ended(guest, System.nanoTime() + END_WITHIN.toNanos());
    require(guest, expected);
  }

  private static void require(QemuGuest guest, String expected) {
    String status = guest.monitor().qmp().migrationStatus();
    if (!status.equals(expected)) {
      throw new FaultException(
          FaultKind.ERROR,
          "migration with memory: QEMU %d says '%s', expected '%s'; see %s"
              .formatted(guest.pid(), status, expected, guest.directory().resolve(Monitor.STDERR)));
    }
  }

  @Override
  public void close() {
    Monitor.delete(socket);
  }
}
