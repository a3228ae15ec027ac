package org.nilmigration.config;

import java.util.function.Predicate;

/**
 * What a value must be. The same rule guards the constructors of the records, where a fault names
 * the key, and the YAML reader, where it also has a line and a column.
 */
record Rule<T>(String expected, String remedy, Predicate<T> holds) {

  void require(String key, T value) {
    if (value == null || !holds.test(value)) {
      throw new FaultException(FaultKind.CONFIG, sentence(key, value));
    }
  }

  private String sentence(String key, T value) {
    return "key '%s': found %s, expected %s; %s"
        .formatted(key, value == null ? "nothing" : Texts.of(value), expected, remedy);
  }
}
