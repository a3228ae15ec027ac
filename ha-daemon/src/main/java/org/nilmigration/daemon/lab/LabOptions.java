package org.nilmigration.daemon.lab;

import java.time.Duration;
import java.util.List;
import org.nilmigration.config.Accelerator;
import org.nilmigration.config.ByteSize;
import org.nilmigration.config.EpochConfig;

/**
 * How a lab is set up.
 *
 * @param hosts their names
 * @param accelerator what runs the guests' instructions
 * @param qemu the QEMU program of every host
 * @param region capacity of the shared region
 * @param sharedMemory size of a file system of its own for region and guests' memory, null when
 *     they lie on the machine's {@code /dev/shm}
 * @param zooKeepers 1 for a server inside this process, more for an ensemble of that many processes
 * @param session how long ZooKeeper waits for a host that says nothing
 * @param lease how long others wait for a daemon that was stopped and left its guests; null where a
 *     daemon that is stopped hands them over
 * @param epoch how often guests are checkpointed
 */
public record LabOptions(
    List<String> hosts,
    Accelerator accelerator,
    String qemu,
    ByteSize region,
    ByteSize sharedMemory,
    int zooKeepers,
    Duration session,
    Duration lease,
    EpochConfig epoch) {
  public LabOptions {
    hosts = List.copyOf(hosts);
  }

  /** Two hosts, A and B, with software emulation and room for a few small guests. */
  public static LabOptions twoHosts() {
    return new LabOptions(
        List.of("A", "B"),
        Accelerator.TCG,
        "qemu-system-x86_64",
        ByteSize.ofMiB(4096),
        null,
        1,
        Lab.SESSION,
        null,
        EpochConfig.DEFAULT);
  }

  /** Hosts A, B and C, with room for some more guests. */
  public static LabOptions threeHosts() {
    return twoHosts().withHosts("A", "B", "C").withRegion(ByteSize.ofMiB(8192));
  }

  public LabOptions withAccelerator(Accelerator other) {
    return new LabOptions(
        hosts, other, qemu, region, sharedMemory, zooKeepers, session, lease, epoch);
  }

  public LabOptions withHosts(String... names) {
    return new LabOptions(
        List.of(names), accelerator, qemu, region, sharedMemory, zooKeepers, session, lease, epoch);
  }

  public LabOptions withQemu(String program) {
    return new LabOptions(
        hosts, accelerator, program, region, sharedMemory, zooKeepers, session, lease, epoch);
  }

  public LabOptions withRegion(ByteSize capacity) {
    return new LabOptions(
        hosts, accelerator, qemu, capacity, sharedMemory, zooKeepers, session, lease, epoch);
  }

  public LabOptions withSharedMemory(ByteSize size) {
    return new LabOptions(
        hosts, accelerator, qemu, region, size, zooKeepers, session, lease, epoch);
  }

  public LabOptions withZooKeepers(int members) {
    return new LabOptions(
        hosts, accelerator, qemu, region, sharedMemory, members, session, lease, epoch);
  }

  public LabOptions withLease(Duration time) {
    return new LabOptions(
        hosts, accelerator, qemu, region, sharedMemory, zooKeepers, session, time, epoch);
  }

  public LabOptions withEpoch(EpochConfig pace) {
    return new LabOptions(
        hosts, accelerator, qemu, region, sharedMemory, zooKeepers, session, lease, pace);
  }

  public LabOptions withSession(Duration time) {
    return new LabOptions(
        hosts, accelerator, qemu, region, sharedMemory, zooKeepers, time, lease, epoch);
  }
}
