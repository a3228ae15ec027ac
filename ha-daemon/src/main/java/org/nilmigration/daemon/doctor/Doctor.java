package org.nilmigration.daemon.doctor;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.nilmigration.checkpoint.numa.MoveMechanism;
import org.nilmigration.checkpoint.numa.NumaNodes;
import org.nilmigration.checkpoint.region.LocalMemory;
import org.nilmigration.checkpoint.region.Region;
import org.nilmigration.config.ByteSize;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.HostConfig;
import org.nilmigration.daemon.doctor.Finding.Level;
import org.nilmigration.failover.fencing.Fencer;
import org.nilmigration.migration.qemu.QemuHypervisor;

/** Looks at everything that nild needs, one check after another, whatever the one before found. */
final class Doctor {
  private static final Path TUN = Path.of("/dev/net/tun");

  private final HostConfig config;
  private final List<Finding> findings = new ArrayList<>();

  private Doctor(HostConfig config) {
    this.config = config;
  }

  static List<Finding> examine(HostConfig config) {
    Doctor doctor = new Doctor(config);
    try (QemuHypervisor hypervisor = new QemuHypervisor(config.qemu())) {
      hypervisor.probes().forEach(probe -> doctor.check(probe.name(), Level.FAIL, probe.look()));
    }
    doctor.check("region", Level.FAIL, doctor::region);
    doctor.check("local memory", Level.FAIL, doctor::localMemory);
    doctor.check("memory nodes", Level.WARN, Doctor::nodes);
    doctor.check("memory moves", Level.WARN, doctor::mechanism);
    doctor.check("network", Level.WARN, Doctor::tun);
    config
        .fencing()
        .hosts()
        .forEach((host, agents) ->
            agents.forEach(
                agent -> doctor.check("fencing", Level.WARN, () -> Fencer.monitor(host, agent))));
    doctor.zooKeeper();
    return List.copyOf(doctor.findings);
  }

  private void check(String name, Level otherwise, Supplier<String> look) {
    try {
      findings.add(new Finding(name, Level.OK, look.get()));
    } catch (FaultException e) {
      findings.add(new Finding(name, otherwise, e.getMessage()));
    }
  }

  private String region() {
    try (Region region = Region.open(config.region(), config.regionFlush())) {
      long free = Math.max(0, region.capacityBytes() - region.usedBytes());
      if (free < config.epoch().log().bytes()) {
        throw new FaultException(
            FaultKind.UNAVAILABLE,
            "%s: found %s free of %s, expected at least the %s of one guest's log; remove guests, or format a larger region"
                .formatted(
                    config.region(),
                    new ByteSize(free),
                    new ByteSize(region.capacityBytes()),
                    config.epoch().log()));
      }
      return "%s (%s) is mapped, %s free of %s, %s"
          .formatted(
              config.region(),
              store(config.region()).type(),
              new ByteSize(free),
              new ByteSize(region.capacityBytes()),
              region.flushes() ? "flushed from caches" : "not flushed from caches");
    }
  }

  private String localMemory() {
    Path directory = config.memory().local();
    LocalMemory.check(directory);
    Store store = store(Files.exists(directory) ? directory : directory.getParent());
    return "%s (%s), %s free".formatted(directory, store.type(), new ByteSize(store.free()));
  }

  private record Store(String type, long free) {}

  private static Store store(Path directory) {
    try {
      var store = Files.getFileStore(directory);
      return new Store(store.type(), store.getUsableSpace());
    } catch (IOException e) {
      throw new FaultException(
          FaultKind.UNAVAILABLE, directory + ": its file system is not known: " + e, e);
    }
  }

  private static String nodes() {
    NumaNodes nodes = NumaNodes.read(NumaNodes.SYSFS);
    return "with processors: %s; without, as CXL memory is: %s"
        .formatted(nodes.near(), nodes.computeless().isEmpty() ? "none" : nodes.computeless());
  }

  private String mechanism() {
    MoveMechanism mechanism =
        MoveMechanism.choose(NumaNodes.read(NumaNodes.SYSFS), store(config.region()).type());
    String how =
        mechanism.kind() == MoveMechanism.Kind.FILES
            ? "by mapping another file"
            : "by moving pages between nodes";
    return how + ", for " + mechanism.why();
  }

  private static String tun() {
    try (RandomAccessFile device = new RandomAccessFile(TUN.toFile(), "rw")) {
      return TUN + " can be opened" + (device.getFD().valid() ? "" : " no more");
    } catch (IOException e) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "%s cannot be opened (%s), so guests with NICs cannot start here; load the module tun and run nild as root"
              .formatted(TUN, e.getMessage()),
          e);
    }
  }

  private void zooKeeper() {
    String servers = config.zookeeper().connectString();
    List<String> all = List.of(servers.split(","));
    List<String> silent = all.stream().filter(server -> !Reachable.test(server)).toList();
    if (silent.isEmpty()) {
      findings.add(new Finding("zookeeper", Level.OK, servers + " is reachable"));
    } else if (config.zookeeper().embedded() != null) {
      String found = servers + " is not up yet; it starts with this host's nild";
      findings.add(new Finding("zookeeper", Level.OK, found));
    } else {
      boolean quorum = silent.size() * 2 < all.size();
      String found =
          String.format(
              Locale.ROOT,
              "found %d of %d servers silent (%s), expected all to take a connection; start them,"
                  + " or correct 'zookeeper.connect'",
              silent.size(),
              all.size(),
              String.join(", ", silent));
      findings.add(new Finding("zookeeper", quorum ? Level.WARN : Level.FAIL, found));
    }
  }
}
