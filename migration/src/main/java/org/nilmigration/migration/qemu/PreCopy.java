package org.nilmigration.migration.qemu;

import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.qemu.QmpClient.Command;

/**
 * The peer that handoffs are measured against: QEMU's own live migration over a Unix socket, which
 * copies the guest's memory into that of another QEMU while the guest runs, again and again until
 * the rest fits into its default downtime limit.
 */
public final class PreCopy {
  /** No cap on the bandwidth. */
  public static final long UNLIMITED = Monitor.UNLIMITED_BYTES_PER_SECOND;

  private static final Duration END_WITHIN = Duration.ofSeconds(30);

  private PreCopy() {}

  /**
   * What became of one migration.
   *
   * @param completed false when it was cancelled because its time was over: the guest runs on at
   *     the source, and the target is of no further use
   * @param totalNanos from the request to its end
   * @param passes over the memory that is dirty
   * @param transferredBytes what went through the socket
   * @param downtimeMillis QEMU's own word for the blackout, 0 when not completed
   */
  public record Result(
      boolean completed,
      long totalNanos,
      long passes,
      long transferredBytes,
      long downtimeMillis) {}

  /**
   * Migrates a running guest to a waiting process over an image of its own.
   *
   * @param bytesPerSecond the most that it may send, or {@link #UNLIMITED}
   */
  public static Result run(
      GuestProcess source, GuestProcess target, long bytesPerSecond, Duration within) {
    QemuGuest from = (QemuGuest) source;
    QemuGuest to = (QemuGuest) target;
    Path socket = Monitor.socket(to.directory(), "precopy.sock");
    Monitor.delete(socket);
    JsonObject uri = new JsonObject();
    uri.addProperty("uri", "unix:" + socket);
    configure(from, false, bytesPerSecond);
    configure(to, false, bytesPerSecond);
    to.execute(new Command("migrate-incoming", uri));
    target.resume(); // while it waits: it runs as soon as it is loaded, without being told
    to.monitor().qmp().forgetMigration();
    from.monitor().qmp().forgetMigration();
    long start = System.nanoTime();
    from.execute(new Command("migrate", uri));
    Result result;
    if (ended(from, start + within.toNanos())) {
      require(from, "completed");
      awaitEnd(to, "completed");
      result = result(from, true, System.nanoTime() - start);
      configure(to, true, UNLIMITED);
    } else {
      result = result(from, false, System.nanoTime() - start);
      from.execute(new Command("migrate_cancel"));
      awaitEnd(from, "cancelled");
      configure(from, true, UNLIMITED);
    }
    Monitor.delete(socket);
    return result;
  }

  private static void configure(QemuGuest guest, boolean ignoreShared, long bytesPerSecond) {
    Monitor.configureMigration(
        guest.monitor().qmp(), "QEMU " + guest.pid(), ignoreShared, bytesPerSecond);
  }

  /** Waits for the end of a migration; false when the time is over. */
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
          "pre-copy migration: QEMU %d says '%s', expected '%s'; see %s"
              .formatted(guest.pid(), status, expected, guest.directory().resolve(Monitor.STDERR)));
    }
  }

  private static Result result(QemuGuest source, boolean completed, long totalNanos) {
    JsonObject info = source.query(new Command("query-migrate")).getAsJsonObject();
    JsonObject ram = info.getAsJsonObject("ram");
    return new Result(
        completed,
        totalNanos,
        ram.get("dirty-sync-count").getAsLong(),
        ram.get("transferred").getAsLong(),
        completed ? info.get("downtime").getAsLong() : 0);
  }
}
