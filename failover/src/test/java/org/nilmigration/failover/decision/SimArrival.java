package org.nilmigration.failover.decision;

import org.nilmigration.checkpoint.handoff.HandoffSource;
import org.nilmigration.checkpoint.handoff.HandoffTarget;

/** The target's side of a move, one word at a time; its host may die between any two. */
final class SimArrival {
  private static final int FAILS_ONCE_IN = 60;

  private final SimWorld world;
  private final String area;
  private final SimRegion.Area words;
  final SimVm vm;
  private boolean permitted;
  private boolean runs;
  private String fault;

  SimArrival(SimWorld world, long generation, String area, SimRegion.Image live) {
    this.world = world;
    this.area = area;
    this.words = world.region.area(area);
    this.vm = new SimVm(live, generation);
  }

  SimRegion.Area words() {
    return words;
  }

  Arriving arriving() {
    return new Arriving(vm.generation, area, runs, fault);
  }

  boolean runs() {
    return runs;
  }

  /** Calls it off, unless it is too late. */
  boolean cancel() {
    if (!runs && fault == null) {
      fail("cancelled");
    }
    return runs;
  }

  void step() {
    if (runs || fault != null || world.random.nextInt(3) != 0) {
      return;
    }
    if (words.source == HandoffSource.ABORTED) {
      fail("the source gave up");
    } else if (world.random.nextInt(FAILS_ONCE_IN) == 0) {
      fail("it could not");
    } else {
      advance();
    }
  }

  private void advance() {
    switch (words.target) {
      case NONE -> words.target = HandoffTarget.ARMED;
      case ARMED -> {
        if (words.source == HandoffSource.READY) {
          vm.restore(words.state);
          words.target = HandoffTarget.LOADED;
        }
      }
      case LOADED -> {
        if (words.source == HandoffSource.RELEASED) {
          words.target = HandoffTarget.RUNNING;
        }
      }
      case RUNNING -> {
        if (permitted) {
          vm.running = true;
          runs = true;
        }
        permitted = true;
      }
      case FAILED -> throw new AssertionError("goes on after it failed");
    }
  }

  private void fail(String reason) {
    fault = reason;
    vm.kill();
    if (words.target != HandoffTarget.RUNNING) {
      words.target = HandoffTarget.FAILED;
    }
  }
}
