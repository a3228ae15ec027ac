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

  private final SimWorld world;
  private final SimVm vm;
  private final SimRegion.Log log;
  private final SimRegion.Area words;
  private final long until;

  /**
   * @param log null for an unprotected guest
   */
  SimDeparture(SimWorld world, SimVm vm, SimRegion.Log log, SimRegion.Area words) {
    this.world = world;
    this.vm = vm;
    this.log = log;
    this.words = words;
    this.until = world.nowMillis + WITHIN_MILLIS;
  }

  SimRegion.Area words() {
    return words;
  }

  boolean pausedGuest() {
    return words.source != HandoffSource.NONE;
  }

  End step(boolean guestDied) {
    if (world.random.nextInt(3) != 0) {
      return End.UNDER_WAY;
    }
    if (log != null && log.taken) {
      words.source = HandoffSource.ABORTED;
      return End.DEPOSED;
    }
    boolean hopeless = guestDied || world.nowMillis > until || words.target == HandoffTarget.FAILED;
    if (hopeless) {
      words.source = HandoffSource.ABORTED;
      vm.running = !guestDied;
      return End.ABORTED;
    }
    if (words.source == HandoffSource.NONE) {
      ready();
    } else if (words.target == HandoffTarget.LOADED) {
      words.source = HandoffSource.RELEASED;
      return End.RELEASED;
    }
    return End.UNDER_WAY;
  }

  private void ready() {
    boolean applied = log == null || log.committed.equals(log.applied);
    if (words.target == HandoffTarget.ARMED && applied) {
      vm.running = false;
      words.state = vm.state();
      words.source = HandoffSource.READY;
    }
  }
}
