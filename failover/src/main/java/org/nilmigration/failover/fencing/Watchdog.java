package org.nilmigration.failover.fencing;

import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Function;
import org.nilmigration.checkpoint.memory.NativeException;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.WatchdogConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Feeds the host's watchdog as long as its decisions are made and its beats are written, and not a
 * moment longer: whoever sees no beats of this host can rely on its reset. Opened and closed by one
 * thread, fed by the decision thread in between.
 */
public final class Watchdog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);
  private static final int FEEDS_PER_TIMEOUT = 10;

  /** For hosts without one. */
  public static final Watchdog NONE = new Watchdog(null, Duration.ZERO, Duration.ZERO);

  private final WatchdogDevice device;
  private final Duration timeout;
  private final long silenceNanosMax;
  private boolean failing;
  private boolean fed;
  private long fedNanos;

  private Watchdog(WatchdogDevice device, Duration timeout, Duration silenceMax) {
    this.device = device;
    this.timeout = timeout;
    this.silenceNanosMax = silenceMax.toNanos();
  }

  /**
   * Arms the device.
   *
   * @param config null for none
   * @param silenceMax how long beats may stand still before it is fed no longer
   * @throws FaultException UNAVAILABLE when it cannot be opened, or does not take the timeout
   */
  public static Watchdog open(WatchdogConfig config, Duration silenceMax) {
    return config == null ? NONE : open(config, silenceMax, LinuxWatchdog::open);
  }

  static Watchdog open(
      WatchdogConfig config, Duration silenceMax, Function<Path, WatchdogDevice> opener) {
    WatchdogDevice device;
    try {
      device = opener.apply(config.device());
    } catch (NativeException e) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "watchdog %s cannot be opened (%s); load its driver, softdog where there is no hardware, end who else feeds it, or remove 'watchdog'"
              .formatted(config.device(), e.getMessage()),
          e);
    }
    try {
      requireTimeout(device, config);
    } catch (RuntimeException e) {
      disarm(device);
      throw e;
    }
    LOG.info("watchdog {} resets this host after {} s", config.device(), device.timeout());
    return new Watchdog(device, config.timeout(), silenceMax);
  }

  private static void requireTimeout(WatchdogDevice device, WatchdogConfig config) {
    int wanted = (int) config.timeout().toSeconds();
    int found;
    try {
      device.timeout(wanted);
      found = device.timeout();
    } catch (NativeException e) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "watchdog %s does not take a timeout (%s); use another driver, or remove 'watchdog'"
              .formatted(config.device(), e.getMessage()),
          e);
    }
    if (found != wanted) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "watchdog %s: found a timeout of %d s, expected %d s as asked for; set watchdog.timeout to one that its driver has"
              .formatted(config.device(), found, wanted));
    }
  }

  /** After so long it resets the host; zero for none. */
  public Duration timeout() {
    return timeout;
  }

  /**
   * Feeds it, unless this host's beats stand still.
   *
   * @param beatNanos CLOCK_MONOTONIC of this host's own last beat, as {@code nowNanos}
   */
  public void feed(long beatNanos, long nowNanos) {
    if (device == null) {
      return;
    }
    boolean soon = fed && nowNanos - fedNanos < timeout.toNanos() / FEEDS_PER_TIMEOUT;
    if (!soon && nowNanos - beatNanos <= silenceNanosMax) {
      fed = true;
      fedNanos = nowNanos;
      keepAlive();
    }
  }

  private void keepAlive() {
    try {
      device.keepAlive();
      failing = false;
    } catch (NativeException e) {
      if (!failing) {
        LOG.error("the watchdog cannot be fed and will reset this host: {}", e.getMessage());
      }
      failing = true;
    }
  }

  /** An orderly end: nothing resets the host from here on. */
  @Override
  public void close() {
    if (device != null) {
      disarm(device);
    }
  }

  private static void disarm(WatchdogDevice device) {
    try {
      device.disarm();
    } catch (NativeException e) {
      LOG.error("the watchdog cannot be stopped and will reset this host: {}", e.getMessage());
    }
  }
}
