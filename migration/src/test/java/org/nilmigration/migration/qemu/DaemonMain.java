package org.nilmigration.migration.qemu;

import java.nio.file.Path;
import java.util.List;
import org.nilmigration.config.Accelerator;
import org.nilmigration.config.ByteSize;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.MachineType;
import org.nilmigration.config.NetworkConfig;
import org.nilmigration.config.QemuConfig;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.Launch;

/** A daemon to be killed: starts one guest, prints QEMU's process id, waits for ever. */
final class DaemonMain {
  static final String PID = "qemu is process ";

  private DaemonMain() {}

  public static void main(String[] arguments) throws InterruptedException {
    QemuHypervisor hypervisor =
        new QemuHypervisor(new QemuConfig("qemu-system-x86_64", Accelerator.TCG));
    GuestConfig guest =
        new GuestConfig(
            "g",
            new ByteSize(64L << 20),
            1,
            MachineType.Q35,
            null,
            null,
            null,
            null,
            Path.of(arguments[1]),
            NetworkConfig.NONE,
            List.of(),
            null);
    GuestProcess vm =
        hypervisor.start(new Launch(guest, Path.of(arguments[0]), Path.of(arguments[2]), false));
    vm.resume();
    System.out.println(PID + vm.pid());
    Thread.sleep(Long.MAX_VALUE);
  }
}
