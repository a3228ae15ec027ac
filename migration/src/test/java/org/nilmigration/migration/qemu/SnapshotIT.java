package org.nilmigration.migration.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.MachineType;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.qemu.QemuFixture.Tick;

/** The peer of the benchmarks does what it is compared for: a guest comes back from a file. */
class SnapshotIT {
  @TempDir private Path directory;

  private final QemuFixture fixture = new QemuFixture();
  private final GuestConfig guest =
      QemuFixture.linux(MachineType.MICROVM, 128, 1, QemuFixture.TICKS);

  @AfterEach
  void leaveNothingBehind() {
    fixture.close();
  }

  @Test
  void theGuestOfTheFileGoesOnMoreThanOnce() {
    GuestProcess source = fixture.start(guest, fixture.image("0", guest), "h0");
    source.resume();
    fixture.awaitTicks("h0", 5);
    Path file = directory.resolve("snapshot");

    Snapshot.save(source, file);
    fixture.awaitTicks("h0", 10); // it runs on
    source.close();
    for (String host : new String[] {"h1", "h2"}) {
      GuestProcess target = fixture.standby(guest, fixture.image("image-" + host, guest), host);
      Snapshot.restore(target, file);
      fixture.awaitTicks(host, 5);
      target.close();
    }

    Tick last = fixture.ticks("h0").getLast();
    assertThat(fixture.ticks("h1")).allMatch(tick -> tick.bootId().equals(last.bootId()));
    assertThat(fixture.ticks("h1").getFirst().number()).isLessThanOrEqualTo(last.number());
    assertThat(fixture.ticks("h2").getFirst()).isEqualTo(fixture.ticks("h1").getFirst());
  }
}
