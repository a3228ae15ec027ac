package org.nilmigration.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * One guest. All paths are absolute and mean the same files on every host that may run it.
 *
 * @param memory 64 MiB to 1 TiB, a multiple of 2 MiB
 * @param vcpus 1 to 64
 * @param cpu QEMU CPU model; null for QEMU's default
 * @param kernel booted directly; null when the guest boots from {@code disk}
 * @param initrd null when there is none
 * @param append kernel command line; null when there is none
 * @param disk attached read-only; null when there is none; kernel or disk is required
 * @param network its network interfaces and when their output leaves
 * @param qemuArgs appended to the QEMU command line; may not repeat what the service sets itself
 * @param host preferred first owner; null for any
 * @param placement where its memory lies when it starts
 */
public record GuestConfig(
    String name,
    ByteSize memory,
    int vcpus,
    MachineType machine,
    String cpu,
    Path kernel,
    Path initrd,
    String append,
    Path disk,
    NetworkConfig network,
    List<String> qemuArgs,
    String host,
    MemoryPlacement placement) {

  static final MachineType DEFAULT_MACHINE = MachineType.Q35;
  static final int DEFAULT_VCPUS = 1;
  static final MemoryPlacement DEFAULT_PLACEMENT = MemoryPlacement.CXL;

  public GuestConfig {
    Rules.GUEST_NAME.require("name", name);
    Rules.MEMORY.require("memory", memory);
    Rules.VCPUS.require("vcpus", vcpus);
    Objects.requireNonNull(machine, "machine");
    requireIfPresent(Rules.LINE, "cpu", cpu);
    requireIfPresent(Rules.ABSOLUTE, "kernel", kernel);
    requireIfPresent(Rules.ABSOLUTE, "initrd", initrd);
    requireIfPresent(Rules.LINE, "append", append);
    requireIfPresent(Rules.ABSOLUTE, "disk", disk);
    Objects.requireNonNull(network, "network");
    requireIfPresent(Rules.HOST_NAME, "host", host);
    Objects.requireNonNull(placement, "placement");
    qemuArgs = List.copyOf(qemuArgs);
    Rules.BOOTABLE.require("kernel", new Boot(kernel, initrd, append, disk));
    Rules.KERNEL_FOR_INITRD_AND_APPEND.require("kernel", new Boot(kernel, initrd, append, disk));
    QemuArguments.requireNoneOwned(qemuArgs);
  }

  /** A guest whose memory lies where it lies by default. */
  public GuestConfig(
      String name,
      ByteSize memory,
      int vcpus,
      MachineType machine,
      String cpu,
      Path kernel,
      Path initrd,
      String append,
      Path disk,
      NetworkConfig network,
      List<String> qemuArgs,
      String host) {
    this(
        name,
        memory,
        vcpus,
        machine,
        cpu,
        kernel,
        initrd,
        append,
        disk,
        network,
        qemuArgs,
        host,
        DEFAULT_PLACEMENT);
  }

  /** The same guest on another network. */
  public GuestConfig withNetwork(NetworkConfig next) {
    return new GuestConfig(
        name, memory, vcpus, machine, cpu, kernel, initrd, append, disk, next, qemuArgs, host,
        placement);
  }

  /** The same guest with another preferred host, null for any. */
  public GuestConfig withHost(String next) {
    return new GuestConfig(
        name, memory, vcpus, machine, cpu, kernel, initrd, append, disk, network, qemuArgs, next,
        placement);
  }

  /** The same guest with its memory elsewhere when it starts. */
  public GuestConfig withPlacement(MemoryPlacement next) {
    return new GuestConfig(
        name, memory, vcpus, machine, cpu, kernel, initrd, append, disk, network, qemuArgs, host,
        next);
  }

  /** The same guest with other resources. */
  public GuestConfig withSize(int processors, ByteSize bytes) {
    return new GuestConfig(
        name,
        bytes,
        processors,
        machine,
        cpu,
        kernel,
        initrd,
        append,
        disk,
        network,
        qemuArgs,
        host);
  }

  /** What a guest boots from; each null when absent. */
  record Boot(Path kernel, Path initrd, String append, Path disk) {}

  private static <T> void requireIfPresent(Rule<T> rule, String key, T value) {
    if (value != null) {
      rule.require(key, value);
    }
  }

  /**
   * Looks for kernel, initrd and disk on this host, which is about to start the guest.
   *
   * @throws FaultException (CONFIG) with one line for each file that is missing or unreadable
   */
  public void checkFiles() {
    List<String> faults = new ArrayList<>();
    checkFile("kernel", kernel, faults);
    checkFile("initrd", initrd, faults);
    checkFile("disk", disk, faults);
    if (!faults.isEmpty()) {
      throw new FaultException(FaultKind.CONFIG, String.join("\n", faults));
    }
  }

  private void checkFile(String key, Path file, List<String> faults) {
    if (file == null) {
      return;
    }
    String found =
        !Files.exists(file)
            ? "no such file"
            : Files.isDirectory(file)
                ? "a directory"
                : !Files.isReadable(file) ? "a file that may not be read" : null;
    if (found != null) {
      faults.add(
          "guest '%s': key '%s': found %s at %s, expected a readable file on this host; put it there or correct the path"
              .formatted(name, key, found, file));
    }
  }
}
