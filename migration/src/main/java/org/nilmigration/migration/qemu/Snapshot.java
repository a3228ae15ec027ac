package org.nilmigration.migration.qemu;

import com.google.gson.JsonObject;
import java.nio.file.Path;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.qemu.QmpClient.Command;

/**
 * The peer that recovery from a crash is measured against: QEMU writes the whole guest, memory and
 * state, into a file, and another QEMU starts from it later. By way of {@code cat}, since QEMU
 * opens files for that by itself only from 8.2 on.
 */
public final class Snapshot {
  private static final long NANOS_MAX = 120_000_000_000L;

  private Snapshot() {}

  /**
   * Writes a guest, which stands still meanwhile and runs on afterwards.
   *
   * @param file absolute, without characters that a shell interprets; replaced
   */
  public static void save(GuestProcess source, Path file) {
    QemuGuest from = (QemuGuest) source;
    from.pause();
    configure(from, Monitor.GuestMemory.PRE_COPY);
    from.monitor().qmp().forgetMigration();
    from.execute(new Command("migrate", uri("cat >" + file)));
    awaitEnd(from, "writing a snapshot");
    configure(from, Monitor.GuestMemory.LEFT_OUT);
    from.resume();
  }

  /**
   * Makes a waiting process, over an image of its own and with a network that is not gated, the
   * guest of a file. On return it runs.
   */
  public static void restore(GuestProcess target, Path file) {
    QemuGuest to = (QemuGuest) target;
    configure(to, Monitor.GuestMemory.PRE_COPY);
    to.links().up();
    to.monitor().qmp().forgetMigration();
    to.execute(new Command("migrate-incoming", uri("cat " + file)));
    awaitEnd(to, "reading a snapshot");
    to.resume(); // it was saved standing, and comes back so
  }

  private static JsonObject uri(String command) {
    JsonObject uri = new JsonObject();
    uri.addProperty("uri", "exec:" + command);
    return uri;
  }

  private static void configure(QemuGuest guest, Monitor.GuestMemory memory) {
    Monitor.configureMigration(
        guest.monitor().qmp(), "QEMU " + guest.pid(), memory, Monitor.UNLIMITED_BYTES_PER_SECOND);
  }

  private static void awaitEnd(QemuGuest guest, String what) {
    QmpClient qmp = guest.monitor().qmp();
    long deadline = System.nanoTime() + NANOS_MAX;
    while (!qmp.migrationStatus().equals("completed")) {
      if (qmp.migrationStatus().equals("failed")) {
        throw new FaultException(
            FaultKind.ERROR,
            "QEMU %d failed at %s, expected it to succeed; see %s"
                .formatted(guest.pid(), what, guest.directory().resolve(Monitor.STDERR)));
      }
      qmp.waitOnce(deadline, "the end of " + what);
    }
  }
}
