package org.nilmigration.checkpoint.numa;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * The kernel's memory nodes that are online (Linux, {@code ABI/stable/sysfs-devices-node}).
 *
 * @param near nodes with processors and memory
 * @param computeless nodes with memory and without processors: what CXL memory becomes when it is
 *     given to the kernel
 */
public record NumaNodes(List<Integer> near, List<Integer> computeless) {
  /** Where the kernel describes its nodes. */
  public static final Path SYSFS = Path.of("/sys/devices/system/node");

  public NumaNodes {
    near = List.copyOf(near);
    computeless = List.copyOf(computeless);
  }

  /** A kernel without nodes has one, with all processors and all memory. */
  public static NumaNodes read(Path sysfs) {
    List<Integer> processors = list(sysfs.resolve("has_cpu"));
    List<Integer> memory = list(sysfs.resolve("has_memory"));
    if (memory.isEmpty()) {
      return new NumaNodes(List.of(0), List.of());
    }
    return new NumaNodes(
        memory.stream().filter(processors::contains).toList(),
        memory.stream().filter(node -> !processors.contains(node)).toList());
  }

  /** A list such as {@code 0-1,4}. */
  private static List<Integer> list(Path file) {
    List<Integer> nodes = new ArrayList<>();
    try {
      String text = Files.readString(file).strip();
      for (String part : text.isEmpty() ? new String[0] : text.split(",")) {
        String[] ends = part.split("-", 2);
        int last = Integer.parseInt(ends[ends.length - 1]);
        for (int node = Integer.parseInt(ends[0]); node <= last; node++) {
          nodes.add(node);
        }
      }
      return nodes;
    } catch (NoSuchFileException e) {
      return nodes;
    } catch (IOException | NumberFormatException e) {
      throw new FaultException(
          FaultKind.ERROR,
          file + ": cannot be read as a list of nodes (" + e + "), expected a form like 0-1,4",
          e);
    }
  }
}
