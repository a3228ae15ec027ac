package org.nilmigration.migration.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.MachineType;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.StateBuffer;

/** The peer of the benchmarks does what it is compared for: it moves a guest with its memory. */
class PreCopyIT {
  private static final long SLOW_BYTES_PER_SECOND = 1L << 20;

  private final QemuFixture fixture = new QemuFixture();
  private final GuestConfig guest =
      QemuFixture.linux(MachineType.MICROVM, 128, 1, QemuFixture.TICKS + " nil.dirty=8");

  @AfterEach
  void leaveNothingBehind() {
    fixture.close();
  }

  private GuestProcess boot() {
    GuestProcess vm = fixture.start(guest, fixture.image("0", guest), "h0");
    vm.resume();
    fixture.awaitTicks("h0", 5);
    return vm;
  }

  @Test
  void aGuestGoesOnInMemoryOfItsOwn() {
    GuestProcess source = boot();
    GuestProcess target = fixture.standby(guest, fixture.image("1", guest), "h1");

    PreCopy.Result result = PreCopy.run(source, target, PreCopy.UNLIMITED, Duration.ofSeconds(60));
    long blackout = Blackout.nanos(source, target);
    source.close();

    fixture.requireWentOn("h0", "h1");
    assertThat(result.completed()).isTrue();
    assertThat(result.passes()).isPositive();
    assertThat(result.transferredBytes()).isGreaterThan(8L << 20);
    // QEMU's own word for the same thing begins and ends a little elsewhere.
    assertThat(blackout / 1e6).isGreaterThanOrEqualTo(result.downtimeMillis() / 2.0);
    assertThat(blackout).isLessThan(result.totalNanos());
  }

  @Test
  void oneThatDoesNotEndInTimeLeavesTheGuestWhereItIs() {
    GuestProcess source = boot();
    GuestProcess target = fixture.standby(guest, fixture.image("1", guest), "h1");

    PreCopy.Result result =
        PreCopy.run(source, target, SLOW_BYTES_PER_SECOND, Duration.ofSeconds(2));
    target.close();

    assertThat(result.completed()).isFalse();
    assertThat(result.totalNanos()).isGreaterThanOrEqualTo(2_000_000_000L);
    assertThat(source.runState()).isEqualTo("running");
    fixture.awaitTicks("h0", 10);
    assertThat(fixture.ticks("h1")).isEmpty();
    try (StateBuffer state = new StateBuffer()) { // without the memory again
      source.capture(state);
      assertThat(state.length()).isLessThan(4L << 20);
    }
  }
}
