package org.nilmigration.daemon.lab;

import java.util.List;
import org.nilmigration.config.Accelerator;
import org.nilmigration.config.ByteSize;

/**
 * How a lab is set up.
 *
 * @param hosts their names
 * @param accelerator what runs the guests' instructions
 * @param qemu the QEMU program of every host
 * @param region capacity of the shared region
 */
public record LabOptions(
    List<String> hosts, Accelerator accelerator, String qemu, ByteSize region) {
  public LabOptions {
    hosts = List.copyOf(hosts);
  }

  /** Two hosts, A and B, with software emulation and room for a few small guests. */
  public static LabOptions twoHosts() {
    return new LabOptions(
        List.of("A", "B"), Accelerator.TCG, "qemu-system-x86_64", ByteSize.ofMiB(4096));
  }

  /** Hosts A, B and C, with room for some more guests. */
  public static LabOptions threeHosts() {
    return twoHosts().withHosts("A", "B", "C").withRegion(ByteSize.ofMiB(8192));
  }

  public LabOptions withAccelerator(Accelerator other) {
    return new LabOptions(hosts, other, qemu, region);
  }

  public LabOptions withHosts(String... names) {
    return new LabOptions(List.of(names), accelerator, qemu, region);
  }

  public LabOptions withQemu(String program) {
    return new LabOptions(hosts, accelerator, program, region);
  }

  public LabOptions withRegion(ByteSize capacity) {
    return new LabOptions(hosts, accelerator, qemu, capacity);
  }
}
