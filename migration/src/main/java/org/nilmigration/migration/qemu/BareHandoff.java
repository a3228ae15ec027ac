package org.nilmigration.migration.qemu;

import com.google.gson.JsonObject;
import java.nio.file.Path;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.qemu.QmpClient.Command;

/**
 * The floor that handoffs are measured against: QEMU sends its state straight to another QEMU over
 * the same memory file, with nothing in between and nothing that would survive a crash.
 */
public final class BareHandoff {
  private static final long NANOS_MAX = 30_000_000_000L;

  private BareHandoff() {}

  /**
   * Moves a running guest to a waiting process over the same image.
   *
   * @return nanoseconds from the stop of {@code source} until {@code target} runs
   */
  public static long run(GuestProcess source, GuestProcess target) {
    QemuGuest from = (QemuGuest) source;
    QemuGuest to = (QemuGuest) target;
    Path socket = Monitor.socket(to.directory(), "bare.sock");
    Monitor.delete(socket);
    JsonObject uri = new JsonObject();
    uri.addProperty("uri", "unix:" + socket);
    to.execute(new Command("migrate-incoming", uri));
    QmpClient loading = to.monitor().qmp();
    loading.forgetMigration();
    long start = System.nanoTime();
    from.monitor().qmp().send(new Command("stop"), new Command("migrate", uri));
    while (!loading.migrationStatus().equals("completed")) {
      if (loading.migrationStatus().equals("failed")) {
        throw new FaultException(
            FaultKind.ERROR, "QEMU could not load a state that another QEMU sent to it");
      }
      loading.waitOnce(start + NANOS_MAX, "the end of a bare state-only migration");
    }
    target.resume();
    long blackout = System.nanoTime() - start;
    Monitor.delete(socket);
    return blackout;
  }
}
