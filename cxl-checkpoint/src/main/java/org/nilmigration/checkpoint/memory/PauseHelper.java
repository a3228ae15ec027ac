package org.nilmigration.checkpoint.memory;

import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * A second thread for a moment in which one is too slow and another processor idles: while a guest
 * stands still. It is asked for one piece of work at a time, next to what the asking thread does
 * itself, and never waited for to begin: what it has not begun is done by who asked. So the work of
 * a pause is cut into pieces of some 100 us.
 *
 * <p>Awake it spins, for at most {@value #SPIN_NANOS} ns without work; otherwise it is parked. All
 * methods but the constructor are for one thread. Allocates at construction only.
 */
public final class PauseHelper implements AutoCloseable {
  private static final boolean OF_USE = Runtime.getRuntime().availableProcessors() > 1;
  private static final long SPIN_NANOS = 100_000;
  private static final int SPINS_BETWEEN_LOOKS = 64;

  /** Longer than a piece takes: a helper that got no processor meanwhile is to get this one. */
  private static final int SPINS_BEFORE_GIVING_WAY = 10_000;

  private static final long GIVING_WAY_NANOS = 1_000;

  private enum State {
    /** Parked, or about to be. */
    RESTING,
    /** Asked to wake up. */
    CALLED,
    /** Spins; work can be offered. */
    READY,
    OFFERED,
    WORKING,
    DONE,
    CLOSED
  }

  private final Thread thread;
  private final AtomicReference<State> state = new AtomicReference<>(State.RESTING);
  private Runnable work;
  private Throwable thrown;

  /** Starts the thread, named after the calling one and with its priority. */
  public PauseHelper() {
    String name = Thread.currentThread().getName() + "-helper";
    thread = Thread.ofPlatform().name(name).daemon(true).start(this::run);
  }

  /** Whether this JVM started with a processor for a second thread; asked in every epoch. */
  public static boolean isOfUse() {
    return OF_USE;
  }

  /**
   * Does both pieces of work, the second one here, too, unless the helper is awake and takes it. It
   * is woken for the next time then. Throws what either of them throws, with neither under way.
   */
  public void both(Runnable mine, Runnable beside) {
    boolean taken = offer(beside);
    try {
      mine.run();
    } finally {
      if (taken) {
        finish();
      }
    }
    if (!taken) {
      beside.run();
    }
  }

  /**
   * Offers work, which begins at once if the helper is awake; otherwise wakes it for later.
   *
   * @return whether it took it: then {@link #finish} must follow, whatever happens meanwhile
   */
  boolean offer(Runnable next) {
    work = next;
    if (state.compareAndSet(State.READY, State.OFFERED)) {
      return true;
    }
    if (state.compareAndSet(State.RESTING, State.CALLED)) {
      LockSupport.unpark(thread);
    }
    return false;
  }

  /** Returns when the work that was taken is done, or throws what it threw. */
  void finish() {
    if (state.compareAndSet(State.OFFERED, State.READY)) {
      work.run();
      return;
    }
    for (int spins = 0; state.get() != State.DONE; spins++) {
      if (spins < SPINS_BEFORE_GIVING_WAY) {
        Thread.onSpinWait();
      } else {
        LockSupport.parkNanos(this, GIVING_WAY_NANOS);
      }
    }
    Throwable failure = thrown;
    thrown = null;
    state.set(State.READY);
    if (failure instanceof Error e) {
      throw e;
    }
    if (failure != null) {
      throw (RuntimeException) failure;
    }
  }

  private void run() {
    while (state.get() != State.CLOSED) {
      if (state.get() == State.RESTING) {
        LockSupport.park(this);
      } else if (state.compareAndSet(State.CALLED, State.READY)) {
        helpWhileAsked();
      }
    }
  }

  private void helpWhileAsked() {
    long asked = System.nanoTime();
    while (state.get() != State.CLOSED) {
      for (int i = 0; i < SPINS_BETWEEN_LOOKS && state.get() != State.OFFERED; i++) {
        Thread.onSpinWait();
      }
      if (state.compareAndSet(State.OFFERED, State.WORKING)) {
        try {
          work.run();
        } catch (RuntimeException | Error e) {
          thrown = e;
        }
        state.set(State.DONE);
        asked = System.nanoTime();
      } else if (System.nanoTime() - asked > SPIN_NANOS
          && state.compareAndSet(State.READY, State.RESTING)) {
        return;
      }
    }
  }

  /** Ends the thread; no work is under way. */
  @Override
  public void close() {
    state.set(State.CLOSED);
    LockSupport.unpark(thread);
  }
}
