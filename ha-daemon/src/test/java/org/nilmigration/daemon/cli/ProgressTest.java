package org.nilmigration.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  private String shown() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void aFileGetsOneLineForEachStep() {
    try (Progress progress = new Progress("demo", out, false, 2)) {
      progress.step("boot");
      progress.step("move");
    }

    assertThat(shown().lines()).hasSize(2);
    assertThat(shown()).contains("[1/2] boot", "[2/2] move").doesNotContain("\r");
  }

  @Test
  void aTerminalGetsOneLineThatIsGoneInTheEnd() {
    try (Progress progress = new Progress("demo", out, true, 2)) {
      progress.step("boot");
      progress.step("move");
    }

    assertThat(shown()).contains("\r\033[Kdemo ", "[2/2] move").endsWith("\r\033[K");
    assertThat(shown()).doesNotContain("\n");
  }
}
