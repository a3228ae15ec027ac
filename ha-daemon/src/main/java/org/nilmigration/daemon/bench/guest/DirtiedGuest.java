package org.nilmigration.daemon.bench.guest;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.nilmigration.checkpoint.dirty.DirtyTracker;
import org.nilmigration.daemon.bench.report.Samples;
import org.nilmigration.migration.hypervisor.GuestExit;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.OutputGate;
import org.nilmigration.migration.hypervisor.StateBuffer;
import org.nilmigration.migration.hypervisor.StateStream;
import org.nilmigration.migration.hypervisor.TransmitRing;

/**
 * A guest of which a known set of pages is written right before each capture, so that they are all
 * found in the pause. Measures the pauses at this port, from the request to stop until the guest
 * runs; writing the pages does not count.
 */
public final class DirtiedGuest implements GuestProcess {
  private final GuestProcess guest;
  private final RemotePages pages;
  private final int count;
  private final Samples pauses = new Samples();
  private long stopNanos;

  /**
   * @param count pages to write before each capture
   */
  public DirtiedGuest(GuestProcess guest, RemotePages pages, int count) {
    this.guest = guest;
    this.pages = pages;
    this.count = count;
  }

  /** So far; to be read when nobody captures any more. */
  public Samples pauses() {
    return pauses;
  }

  @Override
  public void capture(StateBuffer into, Runnable arrived) {
    pages.write(count);
    stopNanos = System.nanoTime();
    guest.capture(into, arrived);
  }

  @Override
  public void resume() {
    guest.resume();
    if (stopNanos != 0) {
      pauses.add(System.nanoTime() - stopNanos);
      stopNanos = 0;
    }
  }

  @Override
  public int pid() {
    return guest.pid();
  }

  @Override
  public DirtyTracker track() {
    return guest.track();
  }

  @Override
  public void pause() {
    guest.pause();
  }

  @Override
  public void relocate(Path image) {
    guest.relocate(image);
  }

  @Override
  public void prepareRestore() {
    guest.prepareRestore();
  }

  @Override
  public void restore(StateStream state) {
    guest.restore(state);
  }

  @Override
  public OutputGate output() {
    return guest.output();
  }

  @Override
  public List<TransmitRing> transmitRings() {
    return guest.transmitRings();
  }

  @Override
  public void announce() {
    guest.announce();
  }

  @Override
  public String runState() {
    return guest.runState();
  }

  @Override
  public CompletableFuture<GuestExit> exit() {
    return guest.exit();
  }

  @Override
  public void powerdown() {
    guest.powerdown();
  }

  @Override
  public void leave() {
    guest.leave();
  }

  @Override
  public void kill() {
    guest.kill();
  }

  @Override
  public void close() {
    guest.close();
  }
}
