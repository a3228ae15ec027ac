package org.nilmigration.failover.decision;

import org.nilmigration.checkpoint.handoff.HandoffSource;
import org.nilmigration.checkpoint.handoff.HandoffTarget;

/** The source's side of a move, one word at a time; its host may die between any two. */
final class SimDeparture {
  private static final long WITHIN_MILLIS = 1_500;

  /** What became of it. */
  enum End {
    UNDER_WAY,
    ABORTED,
    DEPOSED,
    RELEASED
  }

  private final SimHost host;
  private final SimFlaw flaw;
  private final SimVm vm;
  private final SimRegion.Log log;
  private final SimRegion.Area words;
  private final long until;
  private boolean abandoned;

  /**
   * @param log null for an unprotected guest
   */
  SimDeparture(SimWorld world, SimHost host, SimVm vm, SimRegion.Log log, SimRegion.Area words) {
    this.host = host;
    this.flaw = world.flaw;
    this.vm = vm;
    this.log = log;
    this.words = words;
    this.until = host.millis() + WITHIN_MILLIS;
  }

  SimRegion.Area words() {
    return words;
  }

  /** Its target need not be waited for. */
  void abandon() {
    abandoned = true;
  }

  /**
   * Goes on by a word.
   *
   * @param idle no epoch is under way
   */
  End step(boolean guestDied, boolean idle) {
    if (log != null && log.taken) {
      words.source = HandoffSource.ABORTED;
      return End.DEPOSED;
    }
    boolean hopeless =
        guestDied || abandoned || host.millis() > until || words.target == HandoffTarget.FAILED;
    if (hopeless) {
      words.source = HandoffSource.ABORTED;
      vm.running = !guestDied;
      return End.ABORTED;
    }
    if (words.source == HandoffSource.NONE) {
      ready(idle);
    } else if (words.target == HandoffTarget.LOADED) {
      words.source = HandoffSource.RELEASED;
      return End.RELEASED;
    }
    return End.UNDER_WAY;
  }

  private void ready(boolean idle) {
    boolean applied = log == null || log.committed.equals(log.applied);
    if (words.target == HandoffTarget.ARMED && applied && idle) {
      vm.running = false;
      words.state = vm.state();
      words.committed = log == null ? null : log.committed;
      if (flaw != SimFlaw.HANDS_OVER_UNFLUSHED) {
        vm.image.flush();
      }
      words.source = HandoffSource.READY;
    }
  }
}
