package org.nilmigration.daemon.lab;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/** Waits for conditions by looking again. */
public final class Await {
  private static final long LOOK_EVERY_MILLIS = 25;
  private static final long LOOK_CLOSELY_MILLIS = 2;

  private Await() {}

  /**
   * Looks until there is something to see. A daemon that is not reachable (UNAVAILABLE, NO_QUORUM,
   * NO_SUCH, TRY_AGAIN) counts as nothing to see yet; other faults are passed on.
   *
   * @param what completes the sentence "waited for ..."
   * @throws FaultException TIMEOUT with the last fault seen, when the time is over
   */
  public static <T> T until(String what, Duration within, Supplier<Optional<T>> look) {
    return until(what, within, LOOK_EVERY_MILLIS, look);
  }

  /** {@link #until}, and the moment of its end is near what it waits for: within some 2 ms. */
  public static <T> T closely(String what, Duration within, Supplier<Optional<T>> look) {
    return until(what, within, LOOK_CLOSELY_MILLIS, look);
  }

  private static <T> T until(
      String what, Duration within, long everyMillis, Supplier<Optional<T>> look) {
    long deadline = System.nanoTime() + within.toNanos();
    String last = "not so";
    while (true) {
      try {
        Optional<T> seen = look.get();
        if (seen.isPresent()) {
          return seen.get();
        }
        last = "not so";
      } catch (FaultException e) {
        if (!passing(e.kind())) {
          throw e;
        }
        last = e.getMessage();
      }
      if (System.nanoTime() - deadline >= 0) {
        throw new FaultException(
            FaultKind.TIMEOUT,
            "waited %.1f s for: %s; last seen: %s".formatted(within.toMillis() / 1e3, what, last));
      }
      pause(everyMillis);
    }
  }

  private static boolean passing(FaultKind kind) {
    return switch (kind) {
      case UNAVAILABLE, NO_QUORUM, NO_SUCH, TRY_AGAIN -> true;
      case ERROR, USAGE, CONFIG, UNSAFE, TIMEOUT -> false;
    };
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FaultException(FaultKind.ERROR, "interrupted while waiting", e);
    }
  }
}
