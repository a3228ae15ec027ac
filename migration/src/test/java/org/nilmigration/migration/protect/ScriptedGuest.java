package org.nilmigration.migration.protect;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.nilmigration.checkpoint.dirty.DirtyTracker;
import org.nilmigration.checkpoint.dirty.PageRuns;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.migration.hypervisor.GuestExit;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.OutputGate;
import org.nilmigration.migration.hypervisor.StateBuffer;
import org.nilmigration.migration.hypervisor.StateStream;
import org.nilmigration.migration.hypervisor.TransmitRing;

/**
 * A guest without a process that sends one frame whenever it runs. Frames are numbered; {@link
 * #left} is how many of them are outside. A step of the name in {@link #failing} fails.
 */
final class ScriptedGuest implements GuestProcess, OutputGate {
  private final CompletableFuture<GuestExit> exit = new CompletableFuture<>();
  private Consumer<String> atStep = step -> {};
  private Supplier<DirtyTracker> trackers = ScriptedGuest::nothingWritten;
  private String failing = "";
  private State state = State.OPEN;
  private boolean running = true;
  private long sent = 1;
  private long sealed;
  private long left = 1;
  private long stateSavedAt;
  private long restoredBytes;
  private long stateEnd = Long.MAX_VALUE;

  /** Told before every step, on the epoch thread. */
  synchronized void atStep(Consumer<String> told) {
    atStep = told;
  }

  synchronized void failing(String step) {
    failing = step;
  }

  synchronized long left() {
    return left;
  }

  synchronized long sent() {
    return sent;
  }

  /** Frames that were sent when the last state was taken. */
  synchronized long sentAtCapture() {
    return stateSavedAt;
  }

  synchronized boolean running() {
    return running;
  }

  private void step(String name) {
    atStep.accept(name);
    if (name.equals(failing)) {
      throw new FaultException(FaultKind.ERROR, "scripted: " + name + " fails");
    }
  }

  @Override
  public synchronized void capture(StateBuffer into, Runnable arrived) {
    running = false;
    step("capture");
    into.clear();
    into.room(Long.BYTES).putLong(sent);
    arrived.run();
    stateSavedAt = sent;
    if (state == State.HELD) {
      sealed = sent;
    }
  }

  @Override
  public synchronized void pause() {
    running = false;
    step("pause");
  }

  @Override
  public synchronized void relocate(Path image) {
    step("relocate");
  }

  @Override
  public synchronized void resume() {
    step("resume");
    running = true;
    sent++;
    if (state == State.OPEN) {
      left = sent;
    }
  }

  @Override
  public synchronized State state() {
    return state;
  }

  @Override
  public synchronized void hold() {
    step("hold");
    state = State.HELD;
  }

  @Override
  public synchronized void release() {
    step("release");
    left = Math.max(left, sealed);
  }

  @Override
  public synchronized void open() {
    step("open");
    state = State.OPEN;
    left = sent;
  }

  @Override
  public OutputGate output() {
    return this;
  }

  @Override
  public List<TransmitRing> transmitRings() {
    return List.of();
  }

  @Override
  public void announce() {}

  @Override
  public int pid() {
    return 1;
  }

  @Override
  public synchronized DirtyTracker track() {
    step("track");
    return trackers.get();
  }

  /** What {@link #track} gives; without it, trackers that report nothing. */
  synchronized void tracker(Supplier<DirtyTracker> next) {
    trackers = next;
  }

  static DirtyTracker nothingWritten() {
    return new DirtyTracker() {
      @Override
      public void collect(PageRuns into) {}

      @Override
      public String name() {
        return "scripted";
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void prepareRestore() {}

  @Override
  public void restore(StateStream saved) {
    long[] bytes = {0};
    MemorySegment piece = saved.next(() -> false);
    while (piece.byteSize() > 0) {
      bytes[0] += piece.byteSize();
      piece = saved.next(() -> bytes[0] >= stateEnd());
    }
    synchronized (this) {
      step("restore");
      restoredBytes = bytes[0];
      state = State.HELD;
    }
  }

  /** It finds the end of the state there by itself. */
  synchronized void stateEndsAt(long bytes) {
    stateEnd = bytes;
  }

  private synchronized long stateEnd() {
    return stateEnd;
  }

  /** Bytes of the state that was loaded, 0 before. */
  synchronized long restoredBytes() {
    return restoredBytes;
  }

  /** A guest that waits for a state. */
  static ScriptedGuest incoming() {
    ScriptedGuest guest = new ScriptedGuest();
    guest.running = false;
    return guest;
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
  public void powerdown() {}

  @Override
  public synchronized void kill() {
    running = false;
    exit.complete(new GuestExit(137, GuestExit.Cause.KILLED, ""));
  }

  @Override
  public void leave() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {
    kill();
  }
}
