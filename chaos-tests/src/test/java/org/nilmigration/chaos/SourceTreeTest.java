package org.nilmigration.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Rules of the source tree that no compiled class shows. */
class SourceTreeTest {
  private static final int LINES_MAX = 400;

  private static List<Path> sources() throws IOException {
    List<Path> sources = new ArrayList<>();
    try (Stream<Path> modules = Files.list(Path.of("..").toRealPath())) {
      for (Path module : modules.toList()) {
        Path main = module.resolve("src/main/java");
        if (Files.isDirectory(main)) {
          try (Stream<Path> files = Files.walk(main)) {
            files.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
          }
        }
      }
    }
    assertThat(sources).hasSizeGreaterThan(50);
    return sources;
  }

  @Test
  void everyPackageSaysWhoOwnsIt() throws IOException {
    TreeSet<String> silent = new TreeSet<>();
    for (Path source : sources()) {
      if (!Files.exists(source.resolveSibling("package-info.java"))) {
        silent.add(source.getParent().toString());
      }
    }
    assertThat(silent).isEmpty();
  }

  @Test
  void everyClassCanBeReadInASitting() throws IOException {
    List<String> tooLong = new ArrayList<>();
    for (Path source : sources()) {
      try (Stream<String> lines = Files.lines(source)) {
        long count = lines.count();
        if (count > LINES_MAX) {
          tooLong.add(source + ": " + count + " lines");
        }
      }
    }
    assertThat(tooLong).isEmpty();
  }

  /** Modules that must have a page of their own. */
  @Test
  void everyModuleHasAReadme() throws IOException {
    for (String module :
        List.of(
            "config",
            "heartbeat",
            "cxl-checkpoint",
            "migration",
            "failover",
            "ha-daemon",
            "chaos-tests")) {
      assertThat(Path.of("..", module, "README.md")).isRegularFile().isNotEmptyFile();
    }
  }
}
