package org.nilmigration.failover.agent;

import java.util.List;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.checkpoint.memory.NativeException;
import org.nilmigration.checkpoint.numa.MoveMechanism;
import org.nilmigration.checkpoint.numa.NumaPolicy;
import org.nilmigration.checkpoint.region.GuestRegion;
import org.nilmigration.checkpoint.region.LocalMemory;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.MemoryPlacement;

/** Where this host puts the memory of the guests that it runs. */
record GuestMemory(LocalMemory local, MoveMechanism mechanism) {

  /** Whether memory moves by its pages: then every live image is a file of the region. */
  boolean byNodes() {
    return mechanism.kind() == MoveMechanism.Kind.NUMA;
  }

  /** The kernel's nodes of that memory; only {@link #byNodes}. */
  List<Integer> nodes(MemoryPlacement where) {
    return where == MemoryPlacement.LOCAL ? mechanism.local() : mechanism.cxl();
  }

  /** A new live image, all zeros. */
  MappedFile create(GuestRegion region, String image, MemoryPlacement where) {
    if (!byNodes()) {
      return where == MemoryPlacement.LOCAL
          ? local.createImage(region.name(), image, region.memoryBytes())
          : region.createImage(image);
    }
    MappedFile file = region.createImage(image);
    try {
      NumaPolicy.bind(file, 0, file.size(), nodes(where));
      return file;
    } catch (NativeException e) {
      file.unlink();
      file.close();
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "%s: cannot be bound to memory nodes %s (%s); run nild as root (CAP_SYS_NICE)"
              .formatted(file.path(), nodes(where), e.getMessage()),
          e);
    }
  }

  /** A live image that is there. */
  MappedFile open(GuestRegion region, String image, MemoryPlacement where) {
    return where == MemoryPlacement.LOCAL && !byNodes()
        ? local.openImage(region.name(), image, region.memoryBytes())
        : region.openImage(image);
  }

  /** Nothing of the guest stays in this host's own memory. */
  void forget(String guest) {
    local.remove(guest);
  }
}
