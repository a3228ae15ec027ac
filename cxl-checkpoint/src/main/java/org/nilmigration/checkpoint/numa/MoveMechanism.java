package org.nilmigration.checkpoint.numa;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * How a guest's memory moves between this host and CXL memory, chosen once for a host.
 *
 * @param kind by which means
 * @param local nodes of memory that is this host's own; empty with {@link Kind#FILES}
 * @param cxl nodes of CXL memory; empty with {@link Kind#FILES}
 * @param why one sentence for people
 */
public record MoveMechanism(Kind kind, List<Integer> local, List<Integer> cxl, String why) {

  /** The means. */
  public enum Kind {
    /** Another file is mapped: one in the region, or one in the host's own memory. */
    FILES,
    /** The file stays, its pages move to other nodes of the kernel and are bound there. */
    NUMA
  }

  public MoveMechanism {
    local = List.copyOf(local);
    cxl = List.copyOf(cxl);
  }

  /**
   * The means of this machine.
   *
   * @param region a directory that exists
   */
  public static MoveMechanism of(Path region) {
    try {
      return choose(NumaNodes.read(NumaNodes.SYSFS), Files.getFileStore(region).type());
    } catch (IOException e) {
      throw new FaultException(
          FaultKind.ERROR, "region %s: its file system is not known: %s".formatted(region, e), e);
    }
  }

  /**
   * Pages can be bound to nodes only where the kernel places them, which is tmpfs.
   *
   * @param regionFileSystem the region's type of file system, as the kernel names it
   */
  public static MoveMechanism choose(NumaNodes nodes, String regionFileSystem) {
    if (nodes.computeless().isEmpty()) {
      return files("the kernel has no memory node without processors");
    }
    String computeless =
        nodes.computeless().stream().map(String::valueOf).collect(Collectors.joining(", "));
    if (!regionFileSystem.equals("tmpfs")) {
      return files(
          "the region is on "
              + regionFileSystem
              + ", whose place the kernel does not choose, although node "
              + computeless
              + " has no processors");
    }
    if (nodes.near().isEmpty()) {
      return files("no memory node has processors");
    }
    return new MoveMechanism(
        Kind.NUMA,
        nodes.near(),
        nodes.computeless(),
        "the region is on tmpfs and node " + computeless + " has memory and no processors");
  }

  private static MoveMechanism files(String why) {
    return new MoveMechanism(Kind.FILES, List.of(), List.of(), why);
  }
}
