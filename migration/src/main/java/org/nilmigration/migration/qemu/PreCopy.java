package org.nilmigration.migration.qemu;

import com.google.gson.JsonObject;
import java.time.Duration;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.qemu.Monitor.GuestMemory;
import org.nilmigration.migration.qemu.QmpClient.Command;

/**
 * The peer that handoffs are measured against: QEMU's own live migration over a Unix socket, which
 * copies the guest's memory into that of another QEMU while the guest runs, again and again until
 * the rest fits into its default downtime limit.
 */
public final class PreCopy {
  /** No cap on the bandwidth. */
  public static final long UNLIMITED = Monitor.UNLIMITED_BYTES_PER_SECOND;

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
    try (MemoryMigration migration =
        new MemoryMigration(source, target, GuestMemory.PRE_COPY, bytesPerSecond)) {
      long start = System.nanoTime();
      migration.start();
      boolean completed = migration.endedBy(start + within.toNanos());
      if (completed) {
        migration.complete();
      }
      Result result = result(migration.source(), completed, System.nanoTime() - start);
      if (!completed) {
        migration.cancel();
      }
      return result;
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
