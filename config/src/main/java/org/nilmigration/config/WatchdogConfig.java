package org.nilmigration.config;

import java.nio.file.Path;
import java.time.Duration;

/**
 * The Linux watchdog that resets this host when its daemon hangs.
 *
 * <p>The inequality: {@code timeout >= 8 * heartbeat.suspectAfter}. A detector that has seen jitter
 * may wait four times {@code suspectAfter} before it holds a host for dead, and the decision loop
 * tolerates less than {@code suspectAfter} of its own standing still; a host is not to be reset
 * before it was even suspected, with as much again to spare. The same margin keeps the silence in
 * which a host still feeds, {@code suspectAfter}, small against the two and a half timeouts that
 * others wait before they rely on the reset (as sbd, where {@code stonith-watchdog-timeout} is
 * twice the watchdog's own).
 *
 * @param device absolute, such as {@code /dev/watchdog}
 * @param timeout whole seconds from 1 s to 10 min, which the driver has to take as they are
 */
public record WatchdogConfig(Path device, Duration timeout) {
  static final Path DEFAULT_DEVICE = Path.of("/dev/watchdog");
  static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);

  public WatchdogConfig {
    Rules.ABSOLUTE.require("watchdog.device", device);
    Rules.WATCHDOG_TIMEOUT.require("watchdog.timeout", timeout);
  }
}
