package org.nilmigration.failover.decision;

/**
 * A guest process: counts, and writes the count to its image. Runs on when its host's daemon hangs.
 */
final class SimVm {
  final SimRegion.Image image;
  long generation;
  boolean running;
  boolean held;
  private SimRegion.State state;

  SimVm(SimRegion.Image image, long generation) {
    this.image = image;
    this.generation = generation;
  }

  static SimVm boot(SimRegion.Image image, long generation, long life) {
    SimVm vm = new SimVm(image, generation);
    vm.state = new SimRegion.State(life, 0);
    image.content = vm.state;
    vm.running = true;
    return vm;
  }

  /** Loads a state; image and state have to be of the same moment. */
  void restore(SimRegion.State captured) {
    if (!captured.equals(image.content)) {
      throw new AssertionError("restored " + captured + " over memory of " + image.content);
    }
    state = captured;
    held = true;
  }

  SimRegion.State state() {
    return state;
  }

  void tick(SimWorld world) {
    if (!running) {
      return;
    }
    if (image.writer != null && image.writer != this && image.writer.running) {
      throw new AssertionError(
          "two guests of generations "
              + image.writer.generation
              + " and "
              + generation
              + " write one image");
    }
    image.writer = this;
    state = new SimRegion.State(state.life(), state.count() + 1);
    image.content = state;
    if (!held) {
      world.sent(generation, state);
    }
  }

  void kill() {
    running = false;
  }
}
