package org.nilmigration.failover.decision;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;
import org.nilmigration.failover.placement.Placement;

/**
 * One effect at a time as a row of named steps; the host may die before each of them. What an
 * effect writes is based on the placement it was decided on, or on what it wrote itself.
 */
abstract class SimSteps {
  private static final int STEP_MILLIS_MAX = 60;

  /** How an effect goes on after a step. */
  enum Then {
    NEXT,
    AGAIN,
    END
  }

  private record Step(String name, Supplier<Then> does) {}

  final SimWorld world;
  final SimHost host;
  private final Deque<Step> steps = new ArrayDeque<>();
  private boolean preempts;
  private long begunAt;
  private long stepAt;
  private Placement placement;
  private int version;

  SimSteps(SimWorld world, SimHost host) {
    this.world = world;
    this.host = host;
  }

  /** Adds the steps of an action. */
  abstract void plan(Action action);

  /** What the effect under way rests on. */
  final Placement placement() {
    return placement;
  }

  final int version() {
    return version;
  }

  final boolean begunWithin(long millis) {
    return world.nowMillis - begunAt < millis;
  }

  final boolean busy() {
    return !steps.isEmpty();
  }

  final void drop() {
    steps.clear();
  }

  /** Begins what was decided on that view, unless an effect is under way that does not give way. */
  final void begin(Action action, SimZooKeeper.View view) {
    if (busy() && (preempts || !action.preempts())) {
      return;
    }
    steps.clear();
    preempts = action.preempts();
    placement = view.placement();
    version = view.version();
    begunAt = world.nowMillis;
    plan(action);
    pause();
  }

  private void pause() {
    stepAt = world.nowMillis + SimWorld.STEP_MILLIS + world.luck.below(STEP_MILLIS_MAX);
  }

  final void step() {
    if (!busy() || world.nowMillis < stepAt) {
      return;
    }
    Step step = steps.peek();
    if (world.crashesBefore(host, step.name())) {
      return;
    }
    Then then = step.does().get();
    switch (then) {
      case NEXT -> steps.poll();
      case AGAIN -> {}
      case END -> steps.clear();
    }
    pause();
    if (!busy()) {
      host.wake();
    }
  }

  final void then(String name, Supplier<Then> does) {
    steps.add(new Step(name, does));
  }

  final void once(String name, Runnable does) {
    then(
        name,
        () -> {
          does.run();
          return Then.NEXT;
        });
  }

  final void write(String name, Supplier<Placement> next) {
    then(name, () -> writes(next.get()) ? Then.NEXT : Then.END);
  }

  private boolean writes(Placement next) {
    if (!host.write(version, next)) {
      return false;
    }
    SimZooKeeper.View now = world.zookeeper.view();
    placement = now.placement();
    version = now.version();
    return true;
  }
}
