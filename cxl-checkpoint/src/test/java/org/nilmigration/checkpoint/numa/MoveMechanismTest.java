package org.nilmigration.checkpoint.numa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nilmigration.config.FaultException;

/** Which means moves a guest's memory, on machines that are not here. */
class MoveMechanismTest {
  @TempDir Path sysfs;

  private NumaNodes nodes(String processors, String memory) throws IOException {
    Files.writeString(sysfs.resolve("has_cpu"), processors + "\n");
    Files.writeString(sysfs.resolve("has_memory"), memory + "\n");
    return NumaNodes.read(sysfs);
  }

  @Test
  void readsTheKernelsLists() throws IOException {
    assertThat(nodes("0-1", "0-3,5")).isEqualTo(new NumaNodes(List.of(0, 1), List.of(2, 3, 5)));
    assertThat(nodes("0-1", "1")).isEqualTo(new NumaNodes(List.of(1), List.of()));
    assertThat(NumaNodes.read(sysfs.resolve("absent")))
        .isEqualTo(new NumaNodes(List.of(0), List.of()));
    assertThatThrownBy(() -> nodes("0", "0-x"))
        .isInstanceOf(FaultException.class)
        .hasMessageContaining("has_memory")
        .hasMessageContaining("expected a form like 0-1,4");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0   | 0   | tmpfs | FILES | the kernel has no memory node without processors",
        "0   | 0-1 | tmpfs | NUMA  | the region is on tmpfs and node 1 has memory and no processors",
        "0-1 | 0-3 | tmpfs | NUMA  | the region is on tmpfs and node 2, 3 has memory and no processors",
        "0   | 0-1 | famfs | FILES | the region is on famfs, whose place the kernel does not choose,"
            + " although node 1 has no processors",
        "0   | 1   | tmpfs | FILES | no memory node has processors",
      })
  void picksTheMeansAndSaysWhy(
      String processors, String memory, String type, MoveMechanism.Kind kind, String why)
      throws IOException {
    NumaNodes nodes = nodes(processors, memory);

    MoveMechanism picked = MoveMechanism.choose(nodes, type);

    assertThat(picked.kind()).isEqualTo(kind);
    assertThat(picked.why()).isEqualTo(why);
    assertThat(picked.cxl())
        .isEqualTo(kind == MoveMechanism.Kind.NUMA ? nodes.computeless() : List.of());
  }
}
