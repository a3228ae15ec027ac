package org.nilmigration.failover.agent;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Runs the effects of one guest one at a time, on a platform thread of its own: a takeover must not
 * wait for a carrier that another guest's native call has pinned. A preempting effect interrupts
 * the one under way and starts when that has ended. {@link #start} is called by the decision thread
 * only and never blocks.
 *
 * <p>The thread stays for the next effect. A thread that was just made holds up every safepoint of
 * the JVM, and so the beats, until a busy host gives it a processor for the first time.
 */
final class EffectRunner {
  private static final long KEEP_SECONDS = 60;

  private final Runnable wake;
  private final ThreadPoolExecutor thread;
  private Effect current;

  /**
   * @param wake called after each effect, on its thread: must only enqueue
   */
  EffectRunner(String name, Runnable wake) {
    this.wake = wake;
    this.thread =
        new ThreadPoolExecutor(
            1,
            1,
            KEEP_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().daemon(true).name("effect-" + name).factory());
    thread.allowCoreThreadTimeOut(true);
  }

  /** True while an effect runs; when it says false, everything the effect did is visible. */
  synchronized boolean busy() {
    return current != null;
  }

  /** True when {@link #start} would accept. */
  synchronized boolean accepts(boolean preempts) {
    return current == null || (preempts && !current.preempts);
  }

  /** Starts the effect unless one is under way that it does not preempt. */
  synchronized boolean start(boolean preempts, Runnable effect) {
    if (!accepts(preempts)) {
      return false;
    }
    if (current != null) {
      current.interrupt();
    }
    current = new Effect(preempts, effect);
    thread.execute(current);
    return true;
  }

  private final class Effect implements Runnable {
    private final boolean preempts;
    private final Runnable effect;
    private Thread runs;
    private boolean interrupted;

    Effect(boolean preempts, Runnable effect) {
      this.preempts = preempts;
      this.effect = effect;
    }

    /** Whoever calls it holds the runner's lock. */
    void interrupt() {
      interrupted = true;
      if (runs != null) {
        runs.interrupt();
      }
    }

    @Override
    public void run() {
      begin();
      try {
        effect.run();
      } finally {
        end();
        wake.run();
      }
    }

    private void begin() {
      synchronized (EffectRunner.this) {
        runs = Thread.currentThread();
        if (interrupted) {
          runs.interrupt();
        }
      }
    }

    /** An interrupt is for this effect, not for the next one. */
    private void end() {
      synchronized (EffectRunner.this) {
        runs = null;
        var unused = Thread.interrupted();
        if (current == this) {
          current = null;
        }
      }
    }
  }
}
