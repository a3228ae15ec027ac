package org.nilmigration.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.Node;

/** Collects the faults of one document, to report all of them at once, in the order of the file. */
final class Faults {
  private record Line(int line, int column, String text) {}

  private final String origin;
  private final List<Line> lines = new ArrayList<>();

  Faults(String origin) {
    this.origin = origin;
  }

  void add(Node at, String key, String found, String expected, String remedy) {
    add(
        at.getStartMark().orElseThrow(),
        "key '%s': found %s, expected %s; %s".formatted(key, found, expected, remedy));
  }

  void add(Mark at, String sentence) {
    lines.add(new Line(at.getLine() + 1, at.getColumn() + 1, sentence));
  }

  /**
   * The value, or null once there is a fault: then its parts may be null, and nobody will use it.
   */
  <T> T ifNone(Supplier<T> value) {
    return lines.isEmpty() ? value.get() : null;
  }

  void throwIfAny() {
    if (!lines.isEmpty()) {
      throw new FaultException(
          FaultKind.CONFIG,
          lines.stream()
              .sorted(Comparator.comparingInt(Line::line).thenComparingInt(Line::column))
              .map(l -> "%s:%d:%d: %s".formatted(origin, l.line(), l.column(), l.text()))
              .collect(Collectors.joining("\n")));
    }
  }
}
