package org.nilmigration.failover.agent;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import org.nilmigration.checkpoint.dirty.DirtyTracker;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.migration.hypervisor.GuestExit;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.Launch;
import org.nilmigration.migration.hypervisor.OutputGate;
import org.nilmigration.migration.hypervisor.StateBuffer;
import org.nilmigration.migration.hypervisor.StateStream;
import org.nilmigration.migration.hypervisor.TransmitRing;

/**
 * A "guest" whose whole work is to count: a register that it writes to its memory each millisecond,
 * together with a boot id. Its state is register and boot id, so that a restore can tell whether
 * memory and state are of the same moment.
 */
final class StandInGuest implements GuestProcess {
  /** The memory of a large guest is not torn down at once. */
  private static final long TEARDOWN_MILLIS = 300;

  /** Kernel command line of a guest whose state takes long to load. */
  static final String SLOW_LOAD = "slow-load";

  /** Kernel command line of a guest that takes long to run once its state is loaded. */
  static final String SLOW_RUN = "slow-run";

  private static final long SLOW_MILLIS = 500;

  static final long COUNTER_AT = 0;
  static final long BOOT_ID_AT = 8;
  private static final int STATE_BYTES = 16;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private final String append;
  private MappedFile image;
  private boolean loaded;
  private final CompletableFuture<GuestExit> exit = new CompletableFuture<>();
  private final StandInGate gate = new StandInGate();
  private long register;
  private long bootId;
  private boolean running;

  StandInGuest(Launch launch) {
    append = launch.guest().append();
    image = MappedFile.open(launch.image(), launch.guest().memory().bytes());
    if (!launch.incoming()) {
      bootId = ThreadLocalRandom.current().nextLong();
      put();
    }
    Thread.ofVirtual().name("stand-in-" + launch.guest().name()).start(this::count);
  }

  private void count() {
    while (!exit.isDone()) {
      tick();
      try {
        Thread.sleep(1);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private synchronized void tick() {
    if (running && !exit.isDone()) {
      register++;
      put();
    }
  }

  private void put() {
    image.segment().set(LONG, COUNTER_AT, register);
    image.segment().set(LONG, BOOT_ID_AT, bootId);
  }

  @Override
  public int pid() {
    return 1;
  }

  @Override
  public DirtyTracker track() {
    return new DirtyTracker() {
      @Override
      public void collect(PageRuns into) {
        into.add(0, PageRuns.PAGE_BYTES);
      }

      @Override
      public String name() {
        return "stand-in";
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public synchronized void capture(StateBuffer into, Runnable arrived) {
    alive();
    running = false;
    into.clear();
    into.room(STATE_BYTES).putLong(register).putLong(bootId);
    arrived.run();
  }

  @Override
  public synchronized void pause() {
    alive();
    running = false;
  }

  @Override
  public synchronized void relocate(Path next) {
    alive();
    MappedFile before = image;
    image = MappedFile.open(next, before.size());
    before.close();
  }

  @Override
  public void resume() {
    if (loaded && SLOW_RUN.equals(append)) {
      Pause.millis(SLOW_MILLIS);
    }
    run();
  }

  private synchronized void run() {
    alive();
    loaded = false;
    running = true;
  }

  @Override
  public void prepareRestore() {}

  @Override
  public OutputGate output() {
    return gate;
  }

  @Override
  public List<TransmitRing> transmitRings() {
    return List.of();
  }

  @Override
  public void announce() {}

  @Override
  public void restore(StateStream state) {
    ByteBuffer whole = ByteBuffer.allocate(STATE_BYTES);
    MemorySegment piece = state.next(() -> false);
    while (piece.byteSize() > 0) {
      whole.put(piece.asByteBuffer());
      piece = state.next(() -> false);
    }
    if (SLOW_LOAD.equals(append)) {
      Pause.millis(SLOW_MILLIS);
    }
    load(whole.flip());
  }

  private synchronized void load(ByteBuffer bytes) {
    alive();
    register = bytes.getLong();
    bootId = bytes.getLong();
    loaded = true;
    gate.hold();
    long counter = image.segment().get(LONG, COUNTER_AT);
    long id = image.segment().get(LONG, BOOT_ID_AT);
    if (counter != register || id != bootId) {
      throw new FaultException(
          FaultKind.ERROR,
          "stand-in: found memory of count %d, expected %d as in the state"
              .formatted(counter, register));
    }
  }

  @Override
  public synchronized String runState() {
    return running ? "running" : "paused";
  }

  @Override
  public CompletableFuture<GuestExit> exit() {
    return exit;
  }

  @Override
  public void powerdown() {
    end(GuestExit.Cause.GUEST_SHUTDOWN);
  }

  /** The process dies by itself. */
  void crash() {
    end(GuestExit.Cause.CRASHED);
  }

  @Override
  public void kill() {
    Pause.millis(TEARDOWN_MILLIS);
    end(GuestExit.Cause.KILLED);
  }

  private void end(GuestExit.Cause cause) {
    synchronized (this) {
      running = false;
    }
    exit.complete(new GuestExit(0, cause, ""));
  }

  private void alive() {
    if (exit.isDone()) {
      throw new FaultException(FaultKind.UNAVAILABLE, "the stand-in's process is gone");
    }
  }

  @Override
  public void leave() {
    throw new UnsupportedOperationException("a stand-in lives within the daemon");
  }

  @Override
  public void close() {
    kill();
    synchronized (this) {
      image.close();
    }
  }
}
