package org.nilmigration.migration.qemu;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.nilmigration.checkpoint.dirty.DirtyTracker;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.migration.gate.FilterBufferGate;
import org.nilmigration.migration.hypervisor.GuestExit;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.Launch;
import org.nilmigration.migration.hypervisor.OutputGate;
import org.nilmigration.migration.hypervisor.StateBuffer;
import org.nilmigration.migration.hypervisor.StateStream;
import org.nilmigration.migration.hypervisor.TransmitRing;
import org.nilmigration.migration.network.GuestLinks;
import org.nilmigration.migration.qemu.QmpClient.Command;

/**
 * One QEMU. The lock serialises the monitor between the role's thread and the thread that looks, at
 * the end of the process, for QEMU's own word on why it ended.
 */
final class QemuGuest implements GuestProcess {
  private static final long COMMAND_NANOS_MAX = 10_000_000_000L;
  private static final long RESTORE_NANOS_MAX = 30_000_000_000L;
  private static final long RETRY_NANOS = 20_000L;
  private static final long EXIT_SECONDS_MAX = 5;
  private static final Set<String> RESUMABLE =
      Set.of("running", "paused", "finish-migrate", "postmigrate");

  private final Launch launch;
  private final QemuMemory memory;
  private final Monitor monitor;
  private final String who;
  private final GuestLinks links;
  private final StateCapture capture;
  private final IncomingState incoming;
  private final FilterBufferGate gate;
  private final TransmitRings rings;
  private final CompletableFuture<GuestExit> exit = new CompletableFuture<>();
  private final CompletableFuture<Void> released = new CompletableFuture<>();
  private final ReentrantLock lock = new ReentrantLock();
  private boolean restored;
  private volatile boolean killed;

  /** What every guest of a hypervisor shares. */
  record Tools(NativeThread thread, RemoteSyscalls remote) {}

  /**
   * @param image the launch's image by the name the kernel knows it under
   * @param links of the TAP devices that QEMU has made
   */
  QemuGuest(Launch launch, Path image, Tools tools, Monitor monitor, GuestLinks links) {
    GuestConfig guest = launch.guest();
    this.launch = launch;
    this.monitor = monitor;
    this.links = links;
    this.who = "QEMU of guest '" + guest.name() + "' (pid " + monitor.process().pid() + ")";
    this.memory =
        new QemuMemory(
            who, this::kill, tools, new QemuMemory.Mapped(pid(), image, guest.memory().bytes()));
    this.capture =
        new StateCapture(
            who,
            monitor,
            StateSocket.listen(
                Monitor.socket(launch.directory(), "state.sock"), monitor.sockets()));
    this.incoming =
        new IncomingState(who, Monitor.socket(launch.directory(), "incoming.sock"), monitor);
    int nics = guest.network().nics().size();
    this.gate =
        new FilterBufferGate(
            gated()
                ? IntStream.range(0, nics).mapToObj(QemuCommandLine::netdev).toList()
                : List.of(),
            new QmpFilterBuffers(who, commands -> onMonitor(() -> executeAll(commands))),
            launch.incoming() ? OutputGate.State.HELD : OutputGate.State.OPEN);
    this.rings =
        new TransmitRings(
            guest.name(),
            TransmitRings.devices(guest.machine(), nics),
            this::executeAll,
            memory::range);
    Thread.ofVirtual().name("exit-" + guest.name()).start(this::awaitExit);
  }

  /**
   * After an earlier run of the daemon: ends a capture that it did not complete, and learns what
   * holds the guest's output. What the guest did since is untouched.
   *
   * @throws FaultException when the process does nothing that this could go on with
   */
  void settle() {
    onMonitor(() -> {
      capture.endLeft();
      Monitor.configureMigration(
          monitor.qmp(), who, Monitor.GuestMemory.LEFT_OUT, Monitor.UNLIMITED_BYTES_PER_SECOND);
      gate.recognise();
      return null;
    });
    String state = runState();
    if (!RESUMABLE.contains(state)) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          who + " cannot be gone on with: found it " + state + ", expected it running or paused.");
    }
  }

  @Override
  public int pid() {
    return monitor.process().pid();
  }

  @Override
  public DirtyTracker track() {
    if (!monitor.process().alive()) {
      throw gone(null);
    }
    return memory.track();
  }

  @Override
  public void pause() {
    execute(new Command("stop"));
  }

  @Override
  public void relocate(Path next) {
    memory.relocate(next);
  }

  @Override
  public void capture(StateBuffer into, Runnable arrived) {
    into.clear();
    onMonitor(() -> {
      capture.run(into, arrived, gate.seal());
      return null;
    });
  }

  @Override
  public void resume() {
    requireRestored();
    onMonitor(() -> {
      long deadline = System.nanoTime() + COMMAND_NANOS_MAX;
      QmpReply reply = monitor.qmp().execute(new Command("cont"), COMMAND_NANOS_MAX);
      while (reply.failed() && notFinalized() && deadline - System.nanoTime() > 0) {
        LockSupport.parkNanos(RETRY_NANOS);
        reply = monitor.qmp().execute(new Command("cont"), COMMAND_NANOS_MAX);
      }
      return reply.orThrow(who);
    });
  }

  /** A guest whose gate could not be closed, or whose links are down, would run wrongly. */
  private void requireRestored() {
    if (launch.incoming() && gated() && !restored) {
      throw new FaultException(
          FaultKind.ERROR,
          who
              + " cannot run: its restore is not complete, expected its links up and its output"
              + " held; start another standby.");
    }
  }

  private boolean gated() {
    return launch.guest().network().gated();
  }

  /** QEMU says COMPLETED a moment before it leaves the state in which it refuses to run. */
  private boolean notFinalized() {
    return switch (queryStatus()) {
      case "finish-migrate", "postmigrate" -> true;
      default -> false;
    };
  }

  @Override
  public OutputGate output() {
    return gate;
  }

  @Override
  public List<TransmitRing> transmitRings() {
    return onMonitor(rings::find);
  }

  @Override
  public void announce() {
    JsonObject arguments = new JsonObject();
    arguments.addProperty("initial", 50);
    arguments.addProperty("max", 550);
    arguments.addProperty("rounds", 5);
    arguments.addProperty("step", 100);
    execute(new Command("announce-self", arguments));
  }

  @Override
  public void prepareRestore() {
    onMonitor(() -> {
      incoming.open(COMMAND_NANOS_MAX);
      return null;
    });
  }

  /**
   * At the end of loading, QEMU itself announces the guest. That frame waits behind the gate's
   * place until the guest runs, so it leaves at {@link #resume} although the gate is held: it tells
   * the switches the new port, and nothing of the guest's state.
   */
  @Override
  public void restore(StateStream state) {
    onMonitor(() -> {
      incoming.open(COMMAND_NANOS_MAX);
      incoming.feed(state, RESTORE_NANOS_MAX);
      return null;
    });
    links.up();
    gate.hold();
    restored = true;
  }

  @Override
  public String runState() {
    return onMonitor(this::queryStatus);
  }

  private String queryStatus() {
    return monitor
        .qmp()
        .execute(new Command("query-status"), COMMAND_NANOS_MAX)
        .orThrow(who)
        .getAsJsonObject()
        .get("status")
        .getAsString();
  }

  @Override
  public void powerdown() {
    execute(new Command("system_powerdown"));
  }

  /** Any command without a result that matters. */
  void execute(Command command) {
    JsonElement unused = query(command);
  }

  /** Any command with a result. */
  JsonElement query(Command command) {
    return onMonitor(() -> monitor.qmp().execute(command, COMMAND_NANOS_MAX).orThrow(who));
  }

  private List<QmpReply> executeAll(Command... commands) {
    return monitor.qmp().executeAll(COMMAND_NANOS_MAX, commands);
  }

  Monitor monitor() {
    return monitor;
  }

  Path directory() {
    return launch.directory();
  }

  GuestLinks links() {
    return links;
  }

  private <T> T onMonitor(Supplier<T> work) {
    QmpClosedException ended;
    lock.lock();
    try {
      return work.get();
    } catch (QmpClosedException e) {
      ended = e;
    } finally {
      lock.unlock();
    }
    throw gone(ended); // without the lock, which the thread that gives the account needs
  }

  /** The sentence for a process that is not there; waits a little for its own account of it. */
  private FaultException gone(Throwable cause) {
    String account;
    try {
      account = exit.get(EXIT_SECONDS_MAX, TimeUnit.SECONDS).describe();
    } catch (TimeoutException | ExecutionException e) {
      account = "it closed its monitor but has not ended";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      account = "it closed its monitor";
    }
    return new FaultException(
        FaultKind.UNAVAILABLE,
        who + " is gone: " + account + "; expected it to run, start the guest again.",
        cause);
  }

  @Override
  public CompletableFuture<GuestExit> exit() {
    return exit.copy();
  }

  private void awaitExit() {
    OptionalInt code = OptionalInt.empty();
    try {
      code = monitor.process().awaitExit();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    GuestExit.Cause cause =
        killed
            ? GuestExit.Cause.KILLED
            : guestShutItselfDown() && code.orElse(0) == 0
                ? GuestExit.Cause.GUEST_SHUTDOWN
                : GuestExit.Cause.CRASHED;
    exit.complete(new GuestExit(code.orElse(-1), cause, monitor.process().lastWords()));
    released.complete(null);
  }

  /** QEMU's last event is still in the socket when nobody waited for anything. */
  private boolean guestShutItselfDown() {
    boolean locked = false;
    try {
      locked = lock.tryLock(EXIT_SECONDS_MAX, TimeUnit.SECONDS);
      monitor.qmp().pump();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (QmpClosedException e) {
      // That is how it ends; what was said before has been read.
    } finally {
      if (locked) {
        lock.unlock();
      }
    }
    return monitor
        .qmp()
        .shutdown()
        .map(data -> data.get("guest").getAsBoolean() && !isPanic(data))
        .orElse(false);
  }

  private static boolean isPanic(JsonObject data) {
    return data.has("reason") && data.get("reason").getAsString().equals("guest-panic");
  }

  /** Completes when the process is gone or was {@link #leave left}. */
  CompletableFuture<Void> released() {
    return released;
  }

  @Override
  public void leave() {
    released.complete(null);
    disconnect();
  }

  @Override
  public void kill() {
    if (monitor.process().alive()) {
      killed = true;
    }
    monitor.process().kill();
    exit.join();
  }

  @Override
  public void close() {
    kill();
    Monitor.delete(LeftQemu.pidFile(launch.directory()));
    Monitor.delete(LeftQemu.monitorSocket(launch.directory()));
    disconnect();
  }

  private void disconnect() {
    lock.lock();
    try {
      incoming.close();
      capture.close();
      monitor.close();
    } finally {
      lock.unlock();
    }
  }
}
