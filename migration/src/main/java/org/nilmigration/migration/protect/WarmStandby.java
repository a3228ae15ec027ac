package org.nilmigration.migration.protect;

import java.lang.foreign.MemorySegment;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.Hypervisor;
import org.nilmigration.migration.hypervisor.Launch;

/**
 * The guest process that waits on the shadow image for a state. A process loads a state once; after
 * an attempt that came to nothing it is replaced by a fresh one. Apply thread only.
 */
final class WarmStandby implements AutoCloseable {
  private static final long NO_EPOCH = -1;

  private final Hypervisor hypervisor;
  private final Launch launch;
  private GuestProcess vm;
  private long loadedEpoch = NO_EPOCH;

  WarmStandby(Hypervisor hypervisor, Launch launch) {
    this.hypervisor = hypervisor;
    this.launch = launch;
  }

  /** Starts the process, or a fresh one where the last is dead or spent. */
  void ensureReady() {
    if (vm != null && loadedEpoch == NO_EPOCH && !vm.exit().isDone()) {
      return;
    }
    close();
    vm = hypervisor.start(launch);
    vm.prepareRestore();
  }

  boolean isDead() {
    return vm == null || vm.exit().isDone();
  }

  /** Whether a state was given to the process, so that it takes no other. */
  boolean isLoaded() {
    return loadedEpoch != NO_EPOCH;
  }

  /** As {@link #load}, unless the process was given a state already. */
  void loadAhead(long epoch, MemorySegment state, long length) {
    if (!isLoaded()) {
      load(epoch, state, length);
    }
  }

  /** Loads a state; the guest is paused afterwards. Loads nothing twice. */
  void load(long epoch, MemorySegment state, long length) {
    if (loadedEpoch == epoch) {
      return;
    }
    ensureReady();
    loadedEpoch = epoch;
    vm.restore(state, length);
  }

  /** Lets the loaded guest run and passes the process on. */
  GuestProcess run() {
    vm.resume();
    GuestProcess running = vm;
    vm = null;
    return running;
  }

  @Override
  public void close() {
    loadedEpoch = NO_EPOCH;
    if (vm != null) {
      vm.close();
      vm = null;
    }
  }
}
