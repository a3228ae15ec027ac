package org.nilmigration.failover.fencing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nilmigration.checkpoint.memory.NativeException;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.WatchdogConfig;

/** Against a scripted device, and a file that is none. */
class WatchdogTest {
  private static final WatchdogConfig CONFIG =
      new WatchdogConfig(Path.of("/dev/watchdog"), Duration.ofSeconds(10));
  private static final Duration SILENCE = Duration.ofMillis(150);

  private final Device device = new Device();

  private static final class Device implements WatchdogDevice {
    final List<String> calls = new ArrayList<>();
    int only = -1;
    boolean broken;
    private int seconds;

    @Override
    public void timeout(int wanted) {
      seconds = only < 0 ? wanted : only;
      calls.add("set " + wanted);
    }

    @Override
    public int timeout() {
      return seconds;
    }

    @Override
    public void keepAlive() {
      calls.add("feed");
      if (broken) {
        throw new NativeException("WDIOC_KEEPALIVE", 5, "/dev/watchdog");
      }
    }

    @Override
    public void disarm() {
      calls.add("disarm");
    }
  }

  private Watchdog open() {
    return Watchdog.open(CONFIG, SILENCE, path -> device);
  }

  private static long millis(long millis) {
    return millis * 1_000_000;
  }

  @Test
  void isFedWhileBeatsAreWrittenAndDisarmedAtAnOrderlyEnd() {
    try (Watchdog watchdog = open()) {
      assertThat(watchdog.timeout()).isEqualTo(Duration.ofSeconds(10));
      for (int i = 0; i <= 40; i++) {
        watchdog.feed(millis(50L * i - 5), millis(50L * i));
      }
    }
    assertThat(device.calls).containsExactly("set 10", "feed", "feed", "feed", "disarm");
  }

  @Test
  void isNotFedOnceBeatsStandStillAndAgainWhenTheyGoOn() {
    Watchdog watchdog = open();
    for (int i = 0; i <= 180; i++) {
      watchdog.feed(0, millis(50L * i));
    }
    assertThat(device.calls).containsExactly("set 10", "feed");
    watchdog.feed(millis(9_000), millis(9_050));
    assertThat(device.calls).endsWith("feed", "feed");
  }

  @Test
  void aDeviceThatFailsIsTriedOn() {
    Watchdog watchdog = open();
    device.broken = true;
    watchdog.feed(millis(0), millis(0));
    watchdog.feed(millis(2_000), millis(2_000));
    assertThat(device.calls).containsExactly("set 10", "feed", "feed");
  }

  @Test
  void anotherTimeoutThanTheOneAskedForIsRefusedAndTheDeviceLetGo() {
    device.only = 60;
    assertThatThrownBy(this::open)
        .isInstanceOfSatisfying(
            FaultException.class, e -> assertThat(e.kind()).isEqualTo(FaultKind.UNAVAILABLE))
        .hasMessageContaining("found a timeout of 60 s, expected 10 s");
    assertThat(device.calls).endsWith("disarm");
  }

  @Test
  void aDeviceThatIsNotThereIsRefused() {
    WatchdogConfig nowhere =
        new WatchdogConfig(Path.of("/nowhere/watchdog"), Duration.ofSeconds(10));
    assertThatThrownBy(() -> Watchdog.open(nowhere, SILENCE))
        .hasMessageContaining("/nowhere/watchdog cannot be opened")
        .hasMessageContaining("errno 2");
  }

  /** The real system calls, against a device that is none: it takes no timeout. */
  @Test
  void aFileThatIsNoWatchdogIsRefused() {
    WatchdogConfig none = new WatchdogConfig(Path.of("/dev/null"), Duration.ofSeconds(10));
    assertThatThrownBy(() -> Watchdog.open(none, SILENCE))
        .hasMessageContaining("does not take a timeout (WDIOC_SETTIMEOUT: errno 25");
  }

  @Test
  void noneIsNeverFed() {
    Watchdog.NONE.feed(1, 1);
    assertThat(Watchdog.NONE.timeout()).isZero();
    Watchdog.NONE.close();
  }
}
