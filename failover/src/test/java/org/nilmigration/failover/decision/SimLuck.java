package org.nilmigration.failover.decision;

import java.util.SplittableRandom;

/** Chance in one run of a world: seeded, or none, where people are to read what happens. */
final class SimLuck {
  private final SplittableRandom random;

  private SimLuck(SplittableRandom random) {
    this.random = random;
  }

  static SimLuck seeded(long seed) {
    return new SimLuck(new SplittableRandom(seed));
  }

  /** Work goes on at each step, delays are always the same, nothing fails by itself. */
  static SimLuck none() {
    return new SimLuck(null);
  }

  /** Whether work that takes {@code steps} on average goes on at this one. */
  boolean goesOn(int steps) {
    return random == null || random.nextInt(steps) == 0;
  }

  /** Whether something happens that goes wrong once in so many times. */
  boolean fails(int onceIn) {
    return random != null && random.nextInt(onceIn) == 0;
  }

  int below(int bound) {
    return random == null ? bound / 2 : random.nextInt(bound);
  }
}
