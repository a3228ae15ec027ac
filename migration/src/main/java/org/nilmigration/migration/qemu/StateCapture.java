package org.nilmigration.migration.qemu;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.migration.gate.FilterBuffer;
import org.nilmigration.migration.gate.FilterBufferGate.Seal;
import org.nilmigration.migration.hypervisor.StateBuffer;
import org.nilmigration.migration.qemu.QmpClient.Command;

/**
 * The way a device state takes out of QEMU: {@code stop}, the buffers that seal the guest's output,
 * and {@code migrate} in one write. Used by one thread at a time.
 */
final class StateCapture implements AutoCloseable {
  private static final long NANOS_MAX = 10_000_000_000L;
  private static final long RETRY_NANOS = 1_000_000;
  private static final Set<String> UNDER_WAY =
      Set.of("setup", "active", "pre-switchover", "device", "cancelling", "wait-unplug");

  private final String who;
  private final Monitor monitor;
  private final StateSocket states;

  StateCapture(String who, Monitor monitor, StateSocket states) {
    this.who = who;
    this.monitor = monitor;
    this.states = states;
  }

  /**
   * Pauses the guest, seals its output and fills {@code into} with its complete state.
   *
   * @param arrived told whenever {@code into} has grown
   */
  void run(StateBuffer into, Runnable arrived, Seal seal) {
    try {
      states.expect();
      receive(into, arrived, seal);
    } catch (IOException | IllegalStateException e) {
      throw noState("its state stream broke (" + e.getMessage() + ")", e);
    } finally {
      states.stop();
    }
    seal.complete();
  }

  /** Ends a capture that an earlier run of the daemon did not complete. */
  void endLeft() {
    long deadline = System.nanoTime() + NANOS_MAX;
    boolean asked = false;
    while (UNDER_WAY.contains(text(information(), "status"))) {
      if (!asked) {
        monitor.qmp().execute(new Command("migrate_cancel"), NANOS_MAX).orThrow(who);
        asked = true;
      }
      if (deadline - System.nanoTime() <= 0) {
        throw new FaultException(
            FaultKind.TIMEOUT,
            who + " does not end the capture of an earlier run within 10 s; kill that process.");
      }
      LockSupport.parkNanos(RETRY_NANOS);
    }
  }

  private void receive(StateBuffer into, Runnable arrived, Seal seal) throws IOException {
    QmpClient qmp = monitor.qmp();
    qmp.forgetMigration();
    long[] ids = qmp.send(commands(seal));
    try {
      awaitComplete(ids, into, arrived, seal);
    } finally {
      qmp.wakes(true);
    }
  }

  private void awaitComplete(long[] ids, StateBuffer into, Runnable arrived, Seal seal)
      throws IOException {
    QmpClient qmp = monitor.qmp();
    long sent = System.nanoTime();
    long deadline = sent + NANOS_MAX;
    boolean complete = false;
    qmp.wakes(false);
    while (!complete) {
      if (deadline - System.nanoTime() <= 0) {
        qmp.send(new Command("migrate_cancel"));
        throw late(into);
      }
      qmp.waitOnce(deadline, "its device state");
      long before = into.length();
      boolean ended = states.drain(into);
      if (into.length() > before) {
        arrived.run();
      }
      qmp.wakes(ended || System.nanoTime() - sent > QmpClient.QUIET_NANOS_MAX);
      takeReplies(ids, seal);
      complete = completed(qmp.migrationStatus()) && ended;
    }
  }

  private Command[] commands(Seal seal) {
    JsonObject arguments = new JsonObject();
    arguments.addProperty("uri", "unix:" + states.path());
    List<Command> commands = new ArrayList<>();
    commands.add(new Command("stop"));
    seal.buffers().forEach(buffer -> commands.add(QmpFilterBuffers.addition(buffer)));
    commands.add(new Command("migrate", arguments));
    return commands.toArray(Command[]::new);
  }

  /** First the buffers' replies, all of which the gate must hear of, then the others'. */
  private void takeReplies(long[] ids, Seal seal) {
    List<FilterBuffer> buffers = seal.buffers();
    for (int i = 0; i < buffers.size(); i++) {
      FilterBuffer buffer = buffers.get(i);
      monitor.qmp().reply(ids[i + 1]).ifPresent(reply -> seal.answered(buffer, reply.refusal(who)));
    }
    for (long id : new long[] {ids[0], ids[ids.length - 1]}) {
      monitor.qmp().reply(id).ifPresent(reply -> reply.orThrow(who));
    }
  }

  private boolean completed(String status) {
    return switch (status) {
      case "completed" -> true;
      case "failed", "cancelled" -> throw noState("its migration " + status + " " + why(), null);
      default -> false;
    };
  }

  private String why() {
    String error = text(information(), "error-desc");
    return error.isEmpty() ? "" : "(" + error + ")";
  }

  private JsonObject information() {
    return monitor
        .qmp()
        .execute(new Command("query-migrate"), NANOS_MAX)
        .orThrow(who)
        .getAsJsonObject();
  }

  private static String text(JsonObject object, String key) {
    return object.has(key) ? object.get(key).getAsString() : "";
  }

  private FaultException late(StateBuffer into) {
    return new FaultException(
        FaultKind.TIMEOUT,
        who
            + " delivered no complete device state within "
            + NANOS_MAX / 1_000_000_000
            + " s (status '"
            + monitor.qmp().migrationStatus()
            + "', "
            + into.length()
            + " bytes); look whether the host is overloaded.");
  }

  private FaultException noState(String what, Throwable cause) {
    return new FaultException(
        FaultKind.ERROR,
        who
            + " gave no device state: "
            + what
            + "; expected a complete stream, look for a device in the guest's qemuArgs that cannot"
            + " be migrated.",
        cause);
  }

  @Override
  public void close() {
    states.close();
    Monitor.delete(states.path());
  }
}
