package org.nilmigration.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class TableTest {
  @Test
  void columnsAreAsWideAsTheirWidestCellAndNumbersStandToTheRight() {
    Table table = new Table().text("NAME").number("MEMORY").text("NOTE");
    table.row("web", "256MiB", null);
    table.row("a-long-name", 8, "");
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text);
    table.print(out);
    out.flush();
    assertThat(text.toString().lines())
        .containsExactly(
            "NAME         MEMORY  NOTE", //
            "web          256MiB  -",
            "a-long-name       8  -");
  }

  @Test
  void aRowOfAnotherLengthIsAMistake() {
    assertThatThrownBy(() -> new Table().text("A").row("1", "2"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
