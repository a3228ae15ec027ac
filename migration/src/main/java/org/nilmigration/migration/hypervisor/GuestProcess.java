package org.nilmigration.migration.hypervisor;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.nilmigration.checkpoint.dirty.DirtyTracker;

/**
 * One running virtual machine monitor with one guest. Methods are called by one thread at a time
 * (the thread of the guest's role), except {@link #pid()}, {@link #exit()} and {@link #kill()},
 * which any thread may call at any time.
 *
 * <p>Every method that waits does so with a bound and then throws a {@link
 * org.nilmigration.config.FaultException} that says what did not happen; so does every method
 * called on a process that is gone.
 */
public interface GuestProcess extends AutoCloseable {

  /** Process id of the virtual machine monitor itself. */
  int pid();

  /**
   * Begins to track the pages this process writes in the guest's memory. Costs the guest well under
   * a millisecond of standstill. Closing the tracker takes tracking back out of the process. At
   * most one tracker is open at a time.
   */
  DirtyTracker track();

  /**
   * Pauses the guest and streams its vCPU and device state, without its memory, into {@code into}
   * (cleared first). On return the guest is paused and its state is complete, and nothing will
   * write guest memory until {@link #resume()}; the last look at the dirty pages belongs after this
   * call. Seals, when the {@link #output() gate} is held, what the guest sent before the pause.
   *
   * @param arrived told, within the call, whenever {@code into} holds more of the state
   * @throws org.nilmigration.config.FaultException when no complete state was obtained; the guest
   *     may be paused then, and {@link #resume()} lets it run on
   */
  void capture(StateBuffer into, Runnable arrived);

  /** As {@link #capture(StateBuffer, Runnable)}, for those who want the whole state. */
  default void capture(StateBuffer into) {
    capture(into, () -> {});
  }

  /**
   * Pauses the guest without taking its state. On return nothing will write guest memory until
   * {@link #resume()}. Harmless on a paused guest.
   */
  void pause();

  /**
   * Makes the paused guest's memory another file, which holds the same bytes: maps it over the
   * whole of the old one. The guest keeps its addresses and does not notice. The old file is
   * neither mapped nor open in the process afterwards. No tracker may be open; {@link #track()}
   * anew before the guest runs.
   *
   * @param image exactly as long as the guest's memory
   * @throws org.nilmigration.config.FaultException when it did not happen: the guest is on its old
   *     file as before, or, when that cannot be said for sure, its process has been killed
   */
  void relocate(Path image);

  /** Lets the paused guest run. Returns when it runs. Harmless on a running guest. */
  void resume();

  /**
   * On a warm standby: opens the way a state comes in, ahead of time, so that {@link #restore} only
   * has to feed bytes.
   */
  void prepareRestore();

  /**
   * On a warm standby: loads a captured state ({@link #prepareRestore()} is done when it was not).
   * On return the guest is the captured one, paused, its network links are up and its {@link
   * #output() gate} is held; {@link #resume()} runs it. Works once per process; after a failure the
   * process is of no further use.
   *
   * @param state the captured bytes, loaded as they come
   */
  void restore(StateStream state);

  /** As {@link #restore(StateStream)}, of the first {@code length} bytes of {@code state}. */
  default void restore(MemorySegment state, long length) {
    restore(StateStream.of(state.asSlice(0, length)));
  }

  /** The gate of the guest's network output; without a gated NIC it holds nothing. */
  OutputGate output();

  /**
   * Where to see that the guest wants to send, one ring for each transmit queue whose driver is
   * ready; empty when there is none or the monitor cannot tell. Costs a few round trips to the
   * monitor and holds until the guest's driver is set up anew.
   */
  List<TransmitRing> transmitRings();

  /** Tells the network, in the guest's name, at which port it is now reached. */
  void announce();

  /** The monitor's own word for the guest's state, such as {@code running} or {@code paused}. */
  String runState();

  /** Completes when the process is gone, whoever ended it; never completes exceptionally. */
  CompletableFuture<GuestExit> exit();

  /** Presses the guest's power button; a guest that cares shuts down, see {@link #exit()}. */
  void powerdown();

  /** Lets go of the process, which runs on as it is; nothing here may be used afterwards. */
  void leave();

  /** Kills the process and waits until it is gone. Idempotent. */
  void kill();

  /** {@link #kill()}, then removes the sockets; the console log stays. Idempotent. */
  @Override
  void close();
}
