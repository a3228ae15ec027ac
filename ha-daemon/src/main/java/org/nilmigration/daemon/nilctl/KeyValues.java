package org.nilmigration.daemon.nilctl;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;

/** One thing's properties, a line each, values aligned. Absent values are left out. */
final class KeyValues {
  private final Map<String, String> lines = new LinkedHashMap<>();

  KeyValues add(String key, Object value) {
    if (value != null && !value.toString().isEmpty()) {
      lines.put(key, value.toString());
    }
    return this;
  }

  void print(PrintWriter out) {
    int width = lines.keySet().stream().mapToInt(String::length).max().orElse(0);
    lines.forEach(
        (key, value) -> out.println(key + ":" + " ".repeat(width - key.length() + 1) + value));
  }
}
