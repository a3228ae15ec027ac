package org.nilmigration.failover.agent;

/**
 * Runs the effects of one guest one at a time, each on a platform thread of its own: a takeover
 * must not wait for a carrier that another guest's native call has pinned. A preempting effect
 * interrupts the one under way and starts when that has ended. {@link #start} is called by the
 * decision thread only and never blocks.
 */
final class EffectRunner {
  private final String name;
  private final Runnable wake;
  private Thread current;
  private boolean currentPreempts;

  /**
   * @param wake called after each effect, on its thread: must only enqueue
   */
  EffectRunner(String name, Runnable wake) {
    this.name = name;
    this.wake = wake;
  }

  /** True while an effect runs; when it says false, everything the effect did is visible. */
  synchronized boolean busy() {
    return current != null;
  }

  /** True when {@link #start} would accept. */
  synchronized boolean accepts(boolean preempts) {
    return current == null || (preempts && !currentPreempts);
  }

  /** Starts the effect unless one is under way that it does not preempt. */
  synchronized boolean start(boolean preempts, Runnable effect) {
    if (!accepts(preempts)) {
      return false;
    }
    Thread before = current;
    Thread next =
        Thread.ofPlatform()
            .daemon(true)
            .name("effect-" + name)
            .unstarted(() -> runAfter(before, effect));
    current = next;
    currentPreempts = preempts;
    if (before != null) {
      before.interrupt();
    }
    next.start();
    return true;
  }

  private void runAfter(Thread before, Runnable effect) {
    try {
      if (before != null) {
        before.join();
      }
      effect.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      ended();
      wake.run();
    }
  }

  private synchronized void ended() {
    if (current == Thread.currentThread()) {
      current = null;
    }
  }
}
