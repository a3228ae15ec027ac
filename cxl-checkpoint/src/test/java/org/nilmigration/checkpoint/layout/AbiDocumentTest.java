package org.nilmigration.checkpoint.layout;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The ABI tables of this module's README say what the code does. */
class AbiDocumentTest {
  private static final Pattern ROW =
      Pattern.compile("\\| (\\d+) \\| (\\d+) \\| `([a-z0-9_.]+)` \\| ([a-z ]+) \\| ([a-z, ]+) \\|");

  static List<Arguments> tables() {
    return List.of(
        Arguments.of("### Superblock", SuperblockLayout.FIELDS),
        Arguments.of("### Host slot", HostSlotLayout.FIELDS),
        Arguments.of("### Guest control block", GuestControlLayout.FIELDS),
        Arguments.of("### Epoch log", LogLayout.FIELDS),
        Arguments.of("### Handoff area", HandoffLayout.FIELDS),
        Arguments.of("### Record", RecordLayout.FIELDS));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("tables")
  void tableEqualsCode(String heading, List<Field> fields) throws IOException {
    List<Field> documented = new ArrayList<>();
    Iterator<String> lines = Files.readAllLines(Path.of("README.md")).iterator();
    while (lines.hasNext() && !lines.next().startsWith(heading)) {
      // up to the heading
    }
    while (lines.hasNext()) {
      String line = lines.next();
      if (line.startsWith("#")) {
        break;
      }
      Matcher m = ROW.matcher(line);
      if (m.matches()) {
        documented.add(
            new Field(
                Long.parseLong(m.group(1)),
                Long.parseLong(m.group(2)),
                m.group(3),
                m.group(4),
                m.group(5)));
      }
    }
    assertThat(documented).isEqualTo(fields);
  }
}
