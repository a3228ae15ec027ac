package org.nilmigration.failover.decision;

/**
 * A guest process: counts, and writes the count to its image. Runs on when its host's daemon hangs.
 */
final class SimVm {
  final SimRegion.Image image;
  private final SimHost host;
  long generation;
  long incarnation;
  boolean running;
  boolean held;
  boolean heard;
  private SimRegion.State from;
  private SimRegion.State state;

  SimVm(SimHost host, SimRegion.Image image, long generation) {
    this.host = host;
    this.image = image;
    this.generation = generation;
    this.incarnation = host.incarnation;
  }

  static SimVm boot(SimHost host, SimRegion.Image image, long generation, long life) {
    SimVm vm = new SimVm(host, image, generation);
    vm.state = new SimRegion.State(life, 0);
    vm.from = vm.state;
    vm.running = true;
    return vm;
  }

  /** Loads a state; its output is held back. */
  void restore(SimRegion.State captured) {
    SimChecks.restores(captured, image.content);
    from = captured;
    state = captured;
    held = true;
  }

  /** What it went on from. */
  SimRegion.State from() {
    return from;
  }

  SimRegion.State state() {
    return state;
  }

  void tick(SimChecks checks) {
    if (!running) {
      return;
    }
    SimChecks.writes(image, this);
    state = new SimRegion.State(state.life(), state.count() + 1);
    image.write(host.name, state);
    if (!held) {
      checks.sent(host, this, state);
    }
  }

  void kill() {
    running = false;
  }
}
