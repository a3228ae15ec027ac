package org.nilmigration.failover.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Scenarios for people to read: blocks of commands ({@link ScenarioWorld} has the list), a line of
 * dashes, and what the hosts log meanwhile, with the time in the block in milliseconds. {@code
 * -Dnil.scenarios.rewrite=true} writes down what they log now, to be reviewed as a diff.
 */
class ScenarioTest {
  private static final Path FOLDER = Path.of("src/test/resources/scenarios");
  private static final boolean REWRITE = Boolean.getBoolean("nil.scenarios.rewrite");
  private static final String DASHES = "----";
  private static final String NOTHING = "(nothing)";

  static List<String> scenarios() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("scenarios")
  void goesAsWritten(String name) throws IOException {
    Path file = FOLDER.resolve(name);
    String written = Files.readString(file);
    String played = play(written, REWRITE);
    if (REWRITE) {
      Files.writeString(file, played);
    }
    assertThat(played).isEqualTo(REWRITE ? played : written);
  }

  @Test
  void aMissingExpectationAnUnknownCommandAndAnotherLogAreFaults() {
    assertThatThrownBy(() -> play("hosts a b\nrun 1000\n", false)).hasMessageContaining(DASHES);
    assertThatThrownBy(() -> play("hosts a b\nexplode a\n----\n", false))
        .hasMessageContaining("line 2: explode a");
    assertThatThrownBy(() -> play("hosts a b\ncrash c\n----\n", false))
        .hasMessageContaining("unknown: host c");
    String other = "hosts a b\nrun 1000\n----\n(nothing)\n";
    assertThat(play(other, false)).isNotEqualTo(other);
  }

  /** The text as it would be if the hosts did what is expected of them. */
  private static String play(String text, boolean rewrite) {
    ScenarioWorld world = new ScenarioWorld();
    List<String> out = new ArrayList<>();
    List<String> lines = text.lines().toList();
    int at = 0;
    while (at < lines.size()) {
      if (lines.get(at).isBlank() || lines.get(at).startsWith("#")) {
        out.add(lines.get(at++));
        continue;
      }
      List<String> said = world.begin();
      for (; at < lines.size() && !isEnd(lines.get(at)); at++) {
        out.add(lines.get(at));
        carryOut(world, lines.get(at), at + 1);
      }
      boolean expects = at < lines.size() && lines.get(at).equals(DASHES);
      if (!expects && !rewrite) {
        throw new AssertionError(
            "line %d: found no %s with what the hosts log after it".formatted(at + 1, DASHES));
      }
      while (at < lines.size() && !lines.get(at).isBlank()) {
        at++;
      }
      out.add(DASHES);
      out.addAll(said.isEmpty() ? List.of(NOTHING) : said);
    }
    return String.join("\n", out) + "\n";
  }

  private static boolean isEnd(String line) {
    return line.isBlank() || line.equals(DASHES);
  }

  private static void carryOut(ScenarioWorld world, String line, int number) {
    try {
      world.command(line);
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError("line %d: %s: %s".formatted(number, line, e.getMessage()), e);
    }
  }
}
