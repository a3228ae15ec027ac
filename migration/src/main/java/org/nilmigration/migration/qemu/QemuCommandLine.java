package org.nilmigration.migration.qemu;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.nilmigration.config.Accelerator;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.MachineType;
import org.nilmigration.config.NicConfig;
import org.nilmigration.migration.hypervisor.Launch;

/**
 * The arguments QEMU is started with, after the binary. Owner and standby get the same machine,
 * which the state stream requires; they differ in their paths and in {@code -incoming}.
 *
 * <p>Decisions:
 *
 * <ul>
 *   <li>{@code -S}: nothing runs before it was told to, so tracking can be armed first.
 *   <li>No {@code -no-reboot}: a reset happens inside the process, over the same memory mapping.
 *       What QEMU writes while it resets (firmware, kernel) is written through that mapping and
 *       therefore tracked, so a guest that reboots stays protected.
 *   <li>QEMU connects to the monitor socket, not the other way round: no polling for a file. A
 *       second monitor, which QEMU listens on, is for the next run of the daemon alone.
 *   <li>The disk is read-only, so that both QEMUs may hold it open.
 *   <li>A NIC has no boot ROM, which would be part of every state, and no vhost, which would send
 *       frames past QEMU and so past the output gate.
 * </ul>
 */
final class QemuCommandLine {
  private static final String RAM = "nil-ram";
  private static final String DISK = "nil-disk";

  private QemuCommandLine() {}

  /**
   * @param diskFormat format of {@code guest.disk()}, ignored without a disk
   */
  static List<String> of(
      Accelerator accelerator, Launch launch, Path monitorSocket, String diskFormat) {
    GuestConfig guest = launch.guest();
    long bytes = guest.memory().bytes();
    List<String> line = new ArrayList<>();
    add(line, "-name", "guest=" + guest.name() + ",debug-threads=on");
    line.addAll(List.of("-nodefaults", "-no-user-config", "-display", "none", "-S"));
    add(line, "-accel", accelerator.name().toLowerCase(Locale.ROOT));
    add(line, "-machine", machine(guest.machine(), accelerator) + ",memory-backend=" + RAM);
    add(line, "-m", "size=" + bytes + "B");
    add(line, "-smp", Integer.toString(guest.vcpus()));
    add(
        line,
        "-object",
        "memory-backend-file,id="
            + RAM
            + ",size="
            + bytes
            + "B,share=on,mem-path="
            + escape(launch.image().toString()));
    if (guest.cpu() != null) {
      add(line, "-cpu", guest.cpu());
    }
    boot(line, guest, diskFormat);
    network(line, guest);
    add(
        line,
        "-chardev",
        "file,id=nil-console,append=on,path=" + escape(launch.consoleLog().toString()));
    add(line, "-serial", "chardev:nil-console");
    monitor(line, monitorSocket);
    next(line, launch.directory());
    if (launch.incoming()) {
      add(line, "-incoming", "defer");
    }
    line.addAll(guest.qemuArgs());
    return line;
  }

  /** A machine without a guest, to find out whether QEMU can be worked with at all. */
  static List<String> probe(Accelerator accelerator, Path monitorSocket) {
    List<String> line = new ArrayList<>();
    line.addAll(List.of("-nodefaults", "-no-user-config", "-display", "none", "-S"));
    add(line, "-machine", "none");
    add(line, "-accel", accelerator.name().toLowerCase(Locale.ROOT));
    monitor(line, monitorSocket);
    return line;
  }

  private static void boot(List<String> line, GuestConfig guest, String diskFormat) {
    if (guest.kernel() != null) {
      add(line, "-kernel", guest.kernel().toString());
    }
    if (guest.initrd() != null) {
      add(line, "-initrd", guest.initrd().toString());
    }
    if (guest.append() != null) {
      add(line, "-append", guest.append());
    }
    if (guest.disk() != null) {
      add(
          line,
          "-drive",
          "if=none,id="
              + DISK
              + ",readonly=on,format="
              + diskFormat
              + ",file="
              + escape(guest.disk().toString()));
      String device = guest.machine() == MachineType.MICROVM ? "device" : "pci";
      add(line, "-device", "virtio-blk-" + device + ",drive=" + DISK);
    }
  }

  /** QEMU makes the TAP devices, so they vanish with it, however it ends. */
  private static void network(List<String> line, GuestConfig guest) {
    List<NicConfig> nics = guest.network().nics();
    for (int i = 0; i < nics.size(); i++) {
      NicConfig nic = nics.get(i);
      add(
          line,
          "-netdev",
          "tap,id=" + netdev(i) + ",ifname=" + nic.tap() + ",script=no,downscript=no,vhost=off");
      String device =
          guest.machine() == MachineType.MICROVM ? "virtio-net-device" : "virtio-net-pci,romfile=";
      add(line, "-device", device + ",id=" + nic(i) + ",netdev=" + netdev(i) + ",mac=" + nic.mac());
    }
  }

  /** Id of the back end of the guest's NIC {@code index}. */
  static String netdev(int index) {
    return "nil-net" + index;
  }

  /** Id of the device of the guest's NIC {@code index}. */
  static String nic(int index) {
    return "nil-nic" + index;
  }

  /**
   * A microvm with ACPI gives Linux no timer interrupt to calibrate its clocks by, which under KVM
   * it learns from kvmclock; under TCG it would hang early in its boot, so there the interrupt
   * comes from the legacy timer, without ACPI (and then no power button and no power-off).
   */
  private static String machine(MachineType type, Accelerator accelerator) {
    return switch (type) {
      case MICROVM ->
          "microvm,x-option-roms=off,rtc=on,isa-serial=on,"
              + switch (accelerator) {
                case KVM -> "pit=off,pic=off";
                case TCG -> "acpi=off,pit=on,pic=on";
              };
      case Q35 -> "q35";
    };
  }

  private static void monitor(List<String> line, Path socket) {
    add(line, "-chardev", "socket,id=nil-qmp,path=" + escape(socket.toString()));
    add(line, "-mon", "chardev=nil-qmp,mode=control");
  }

  /** How the next run of the daemon finds the process and speaks with it. */
  private static void next(List<String> line, Path directory) {
    String socket = escape(LeftQemu.monitorSocket(directory).toString());
    add(line, "-pidfile", LeftQemu.pidFile(directory).toString());
    add(line, "-chardev", "socket,id=nil-next,server=on,wait=off,path=" + socket);
    add(line, "-mon", "chardev=nil-next,mode=control");
  }

  private static void add(List<String> line, String option, String value) {
    line.add(option);
    line.add(value);
  }

  /** A comma ends a value in QEMU's option lists; doubled, it is a comma. */
  private static String escape(String value) {
    return value.replace(",", ",,");
  }
}
