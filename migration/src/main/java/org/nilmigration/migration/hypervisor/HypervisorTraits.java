package org.nilmigration.migration.hypervisor;

import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import org.nilmigration.config.Accelerator;

/**
 * What decides whether a guest of one host can be resumed on another.
 *
 * @param version of the hypervisor, such as 7.2; machine types without a version follow it
 * @param accelerator what runs the guests' processors
 * @param processor model of the host's processors, as the kernel names it
 * @param bridges names of the bridges that guests could be put on, sorted
 */
public record HypervisorTraits(
    String version, Accelerator accelerator, String processor, List<String> bridges) {
  public HypervisorTraits {
    Objects.requireNonNull(version, "version");
    Objects.requireNonNull(accelerator, "accelerator");
    Objects.requireNonNull(processor, "processor");
    bridges = List.copyOf(new TreeSet<>(bridges));
  }
}
