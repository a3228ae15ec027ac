package org.nilmigration.migration.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nilmigration.config.Accelerator;
import org.nilmigration.config.ByteSize;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.MachineType;
import org.nilmigration.config.NetworkConfig;
import org.nilmigration.config.NicConfig;
import org.nilmigration.config.OutputMode;
import org.nilmigration.migration.hypervisor.Launch;

class QemuCommandLineTest {
  private static final Path SOCKET = Path.of("/run/nil/qmp.sock");

  @Test
  void aMicrovmThatBootsAKernelUnderTcg() {
    assertThat(line(guest(MachineType.MICROVM, null, List.of()), Accelerator.TCG, false))
        .containsExactly(
            "-name",
            "guest=web,debug-threads=on",
            "-nodefaults",
            "-no-user-config",
            "-display",
            "none",
            "-S",
            "-accel",
            "tcg",
            "-machine",
            "microvm,x-option-roms=off,rtc=on,isa-serial=on,acpi=off,pit=on,pic=on,"
                + "memory-backend=nil-ram",
            "-m",
            "size=134217728B",
            "-smp",
            "2",
            "-object",
            "memory-backend-file,id=nil-ram,size=134217728B,share=on,mem-path=/dev/shm/r/live",
            "-kernel",
            "/boot/vmlinuz",
            "-initrd",
            "/boot/initrd.gz",
            "-append",
            "console=ttyS0 pci=off",
            "-chardev",
            "file,id=nil-console,append=on,path=/run/nil/console.log",
            "-serial",
            "chardev:nil-console",
            "-chardev",
            "socket,id=nil-qmp,path=/run/nil/qmp.sock",
            "-mon",
            "chardev=nil-qmp,mode=control",
            "-pidfile",
            "/run/nil/qemu.pid",
            "-chardev",
            "socket,id=nil-next,server=on,wait=off,path=/run/nil/next.sock",
            "-mon",
            "chardev=nil-next,mode=control");
  }

  @Test
  void underKvmAMicrovmHasNoLegacyTimer() {
    assertThat(line(guest(MachineType.MICROVM, null, List.of()), Accelerator.KVM, false))
        .contains(
            "kvm",
            "microvm,x-option-roms=off,rtc=on,isa-serial=on,pit=off,pic=off,"
                + "memory-backend=nil-ram");
  }

  @Test
  void theStandbyDiffersInIncomingOnly() {
    GuestConfig guest = guest(MachineType.Q35, null, List.of());
    List<String> owner = line(guest, Accelerator.TCG, false);
    List<String> standby = line(guest, Accelerator.TCG, true);

    assertThat(standby).containsSubsequence(owner).hasSize(owner.size() + 2);
    assertThat(standby).containsSubsequence("-incoming", "defer");
  }

  @Test
  void aDiskIsReadOnlyAndOnTheBusOfItsMachine() {
    Path disk = Path.of("/images/a,b.raw");
    assertThat(line(guest(MachineType.Q35, disk, List.of()), Accelerator.TCG, false))
        .contains(
            "if=none,id=nil-disk,readonly=on,format=raw,file=/images/a,,b.raw",
            "virtio-blk-pci,drive=nil-disk");
    assertThat(line(guest(MachineType.MICROVM, disk, List.of()), Accelerator.TCG, false))
        .contains("virtio-blk-device,drive=nil-disk");
  }

  @ParameterizedTest
  @EnumSource(OutputMode.class)
  void aNicIsATapOfQemusWithoutVhostOnTheBusOfItsMachine(OutputMode output) {
    NetworkConfig network =
        new NetworkConfig(
            List.of(
                new NicConfig("br0", "web0", "52:54:00:12:34:56"),
                new NicConfig("br1", "web1", "52:54:00:12:34:57")),
            output);
    assertThat(line(guest(MachineType.Q35, network), Accelerator.KVM, false))
        .containsSubsequence(
            "-netdev",
            "tap,id=nil-net0,ifname=web0,script=no,downscript=no,vhost=off",
            "-device",
            "virtio-net-pci,romfile=,id=nil-nic0,netdev=nil-net0,mac=52:54:00:12:34:56",
            "-netdev",
            "tap,id=nil-net1,ifname=web1,script=no,downscript=no,vhost=off",
            "-device",
            "virtio-net-pci,romfile=,id=nil-nic1,netdev=nil-net1,mac=52:54:00:12:34:57");
    assertThat(line(guest(MachineType.MICROVM, network), Accelerator.KVM, true))
        .contains("virtio-net-device,id=nil-nic0,netdev=nil-net0,mac=52:54:00:12:34:56")
        .filteredOn(argument -> argument.startsWith("tap,"))
        .hasSize(2)
        .allMatch(argument -> argument.endsWith(",vhost=off"));
  }

  @Test
  void theGuestsOwnArgumentsComeLast() {
    List<String> extra = List.of("-device", "virtio-rng-pci");
    assertThat(line(guest(MachineType.Q35, null, extra), Accelerator.TCG, true))
        .endsWith("-device", "virtio-rng-pci");
  }

  private static List<String> line(GuestConfig guest, Accelerator accelerator, boolean incoming) {
    Launch launch = new Launch(guest, Path.of("/dev/shm/r/live"), Path.of("/run/nil"), incoming);
    return QemuCommandLine.of(accelerator, launch, SOCKET, "raw");
  }

  private static GuestConfig guest(MachineType machine, Path disk, List<String> qemuArgs) {
    return guest(machine, disk, NetworkConfig.NONE, qemuArgs);
  }

  private static GuestConfig guest(MachineType machine, NetworkConfig network) {
    return guest(machine, null, network, List.of());
  }

  private static GuestConfig guest(
      MachineType machine, Path disk, NetworkConfig network, List<String> qemuArgs) {
    return new GuestConfig(
        "web",
        new ByteSize(128L << 20),
        2,
        machine,
        null,
        Path.of("/boot/vmlinuz"),
        Path.of("/boot/initrd.gz"),
        "console=ttyS0 pci=off",
        disk,
        network,
        qemuArgs,
        null);
  }
}
