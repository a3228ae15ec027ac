package org.nilmigration.migration.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.MachineType;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.StateBuffer;

/** The other peer of the benchmarks moves a guest with its memory, too. */
class PostCopyIT {
  private final QemuFixture fixture = new QemuFixture();
  private final GuestConfig guest =
      QemuFixture.linux(MachineType.MICROVM, 128, 1, QemuFixture.TICKS + " nil.dirty=8");

  @AfterEach
  void leaveNothingBehind() {
    fixture.close();
  }

  @Test
  void aGuestGoesOnInMemoryOfItsOwn() {
    GuestProcess source = fixture.start(guest, fixture.image("0", guest), "h0");
    source.resume();
    fixture.awaitTicks("h0", 5);
    GuestProcess target = fixture.standby(guest, fixture.image("1", guest), "h1");

    long total = PostCopy.run(source, target, Duration.ofSeconds(60));
    long blackout = Blackout.nanos(source, target);
    source.close();

    fixture.requireWentOn("h0", "h1");
    assertThat(blackout).isLessThan(total);
    try (StateBuffer state = new StateBuffer()) { // without the memory again
      target.capture(state);
      assertThat(state.length()).isLessThan(4L << 20);
    }
  }
}
