package org.nilmigration.migration.qemu;

import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.migration.hypervisor.GuestProcess;

/**
 * How long a guest stood still when it went from one QEMU to another on this machine: from the STOP
 * of the one, said when its vCPUs stand, to the RESUME of the other, said when its vCPUs are about
 * to run; each in the words and by the clock of the QEMU concerned, so that the daemon's own delays
 * count only where the guest waits for them. It is the one instrument that fits both our handoffs
 * and QEMU's own migrations. The guest cannot tell: its clocks stand still with it; and its ticks
 * on the console are a hundred times coarser than a handoff.
 */
public final class Blackout {
  private Blackout() {}

  /**
   * Of the last time that {@code source} stopped and {@code target} began to run.
   *
   * @return nanoseconds, with the microseconds of QEMU's stamps
   */
  public static long nanos(GuestProcess source, GuestProcess target) {
    long stopped = ((QemuGuest) source).monitor().qmp().stoppedMicros();
    long resumed = ((QemuGuest) target).monitor().qmp().resumedMicros();
    if (stopped == 0 || resumed < stopped) {
      throw new FaultException(
          FaultKind.ERROR,
          "no blackout can be told: QEMU %d stopped at %d us and QEMU %d ran at %d us, expected a stop and a run after it; was the machine's clock set back?"
              .formatted(source.pid(), stopped, target.pid(), resumed));
    }
    return (resumed - stopped) * 1000;
  }
}
