package org.nilmigration.migration.qemu;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.migration.hypervisor.GuestProcess;

/** How many frames a guest's only NIC was given to send, modulo 2^16, from the guest's memory. */
final class Sends {
  private static final ValueLayout.OfShort INDEX =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final MappedFile image;
  private final long offset;

  Sends(GuestProcess vm, MappedFile image) {
    this.image = image;
    this.offset = vm.transmitRings().getFirst().indexOffset();
  }

  int count() {
    return image.segment().get(INDEX, offset) & 0xFFFF;
  }

  /** How many since the {@link #count} before. */
  int since(int before) {
    return (count() - before) & 0xFFFF;
  }

  /** Waits until the guest has sent {@code frames} more than at the {@link #count} before. */
  void await(int before, int frames) {
    Awaitility.await()
        .atMost(QemuFixture.PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(2))
        .until(() -> since(before) >= frames);
  }
}
