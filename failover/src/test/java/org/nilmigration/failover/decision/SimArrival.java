package org.nilmigration.failover.decision;

import java.util.Optional;
import org.nilmigration.checkpoint.handoff.HandoffSource;
import org.nilmigration.checkpoint.handoff.HandoffTarget;

/** The target's side of a move, one word at a time; its host may die between any two. */
final class SimArrival {
  private static final int FAILS_ONCE_IN = 15;
  private static final long PAGES_WITHIN_MILLIS = 1_000;

  private final SimWorld world;
  private final SimHost host;
  private final String area;
  private final SimRegion.Area words;
  final SimVm vm;
  private HandoffTarget stage = HandoffTarget.NONE;
  private boolean runs;
  private long runsSince;
  private SimRegion.Log log;
  private String fault;

  SimArrival(SimWorld world, SimHost host, long generation, String area, SimRegion.Image live) {
    this.world = world;
    this.host = host;
    this.area = area;
    this.words = world.region.area(area);
    this.vm = new SimVm(host, live, generation);
  }

  Arriving arriving() {
    return new Arriving(vm.generation, area, runs, fault);
  }

  boolean runs() {
    return runs;
  }

  /** Whether the source said which pages it wrote last, empty while that is waited for. */
  Optional<Boolean> pages() {
    boolean late = host.millis() - runsSince > PAGES_WITHIN_MILLIS;
    return words.written || late ? Optional.of(words.written) : Optional.empty();
  }

  /** Makes the next log: once, for the standby may have opened it. */
  void prepareLog(String name) {
    if (log == null) {
      log = world.region.createLog(name, host.name, words.committed);
    }
  }

  SimRegion.Log log() {
    return log;
  }

  /** Calls it off, unless it is too late. */
  boolean cancel() {
    if (!runs && fault == null) {
      fail("cancelled");
    }
    return runs;
  }

  /** True when something came of it. */
  boolean step() {
    if (runs || fault != null || !world.luck.goesOn(3)) {
      return false;
    }
    if (world.crashesBefore(host, "arrival " + stage)) {
      return false;
    }
    if (words.source == HandoffSource.ABORTED) {
      fail("the source gave up");
    } else if (world.luck.fails(FAILS_ONCE_IN)) {
      fail("it could not");
    } else {
      advance();
    }
    return runs || fault != null;
  }

  private void advance() {
    switch (stage) {
      case NONE -> says(HandoffTarget.ARMED);
      case ARMED -> {
        if (words.source != HandoffSource.NONE) {
          vm.restore(words.state);
          says(HandoffTarget.LOADED);
        }
      }
      case LOADED -> {
        if (words.source == HandoffSource.RELEASED) {
          says(HandoffTarget.RUNNING);
        }
      }
      case RUNNING -> {
        runs = vm.running;
        vm.running = true;
        vm.held = world.flaw != SimFlaw.ARRIVES_TALKING;
        runsSince = host.millis();
      }
      case FAILED -> throw new AssertionError("goes on after it failed");
    }
  }

  private void says(HandoffTarget next) {
    stage = next;
    words.target = next;
  }

  void fail(String reason) {
    fault = reason;
    vm.kill();
    if (words.target != HandoffTarget.RUNNING) {
      words.target = HandoffTarget.FAILED;
    }
  }
}
