package org.nilmigration.daemon.nilctl;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.daemon.api.HistoryDocument;

/** Records of the history as people name and read them. */
final class HistoryText {
  private static final String PREFIX = "rec-";
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);

  private HistoryText() {}

  /** The record that people mean by a number or by its whole name. */
  static String recordId(String given) {
    String number = given.startsWith(PREFIX) ? given.substring(PREFIX.length()) : given;
    if (!number.matches("[0-9]{1,10}")) {
      throw new FaultException(
          FaultKind.USAGE,
          "found ID '%s', expected a number; nilctl history shows them".formatted(given));
    }
    return PREFIX + "0".repeat(10 - number.length()) + number;
  }

  /** The number of a record. */
  static String shortId(String record) {
    return record.startsWith(PREFIX)
        ? Long.toString(Long.parseLong(record.substring(PREFIX.length())))
        : record;
  }

  /** When it happened, as people read it. */
  static String time(HistoryDocument record) {
    return TIME.format(Instant.parse(record.at()).atZone(ZoneId.systemDefault()));
  }
}
