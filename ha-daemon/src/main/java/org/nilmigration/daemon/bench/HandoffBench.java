package org.nilmigration.daemon.bench;

import java.util.List;
import org.nilmigration.daemon.cli.Progress;

/**
 * Blackout of a planned handoff against a bare QEMU-to-QEMU state-only migration over the same
 * shared file. Half of the bare ones come before, half after the handoffs.
 */
final class HandoffBench {
  private static final double GOAL = 1.3;

  private final String prefix;
  private final int handoffs;
  private final Progress progress;

  HandoffBench(String prefix, int handoffs, Progress progress) {
    this.prefix = prefix;
    this.handoffs = handoffs;
    this.progress = progress;
  }

  List<Figure> run(MovingGuest guest) throws InterruptedException {
    Samples floor = new Samples();
    progress.step(prefix + ": bare state-only migrations");
    guest.bare(handoffs / 2, floor);
    progress.step(prefix + ": " + handoffs + " handoffs");
    Samples blackout = guest.handOff(handoffs).stopToRunning();
    progress.step(prefix + ": bare state-only migrations, again");
    guest.bare(handoffs / 2, floor);
    return List.of(
        Figure.ratio(
            prefix + ".handoff_blackout_ms.p50",
            blackout.medianMillis(),
            floor.medianMillis(),
            GOAL),
        Figure.ratio(
            prefix + ".handoff_blackout_ms.p99", blackout.p99Millis(), floor.p99Millis(), GOAL));
  }
}
