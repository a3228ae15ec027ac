package org.nilmigration.config;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How values are written in configuration files and in sentences about them. */
final class Texts {
  static final String DURATION_FORM = "a duration such as 5ms, 2s or 1m";

  private static final Pattern DURATION = Pattern.compile("([0-9]{1,9}) ?(us|ms|s|m|h)");

  private Texts() {}

  static Optional<Duration> duration(String text) {
    Matcher m = DURATION.matcher(text);
    if (!m.matches()) {
      return Optional.empty();
    }
    long count = Long.parseLong(m.group(1));
    return Optional.of(
        switch (m.group(2)) {
          case "us" -> Duration.ofNanos(count * 1_000);
          case "ms" -> Duration.ofMillis(count);
          case "s" -> Duration.ofSeconds(count);
          case "m" -> Duration.ofMinutes(count);
          default -> Duration.ofHours(count);
        });
  }

  static String of(Object value) {
    return switch (value) {
      case Duration d -> ofDuration(d);
      case Number n -> n.toString();
      case ByteSize size -> size.toString();
      case Enum<?> e -> e.name().toLowerCase(Locale.ROOT);
      case GuestConfig.Boot boot -> boot.kernel() == null ? "none" : boot.kernel().toString();
      default -> "'" + value + "'";
    };
  }

  private static String ofDuration(Duration d) {
    long nanos = d.toNanos();
    if (nanos % 1_000_000_000 == 0) {
      return nanos / 1_000_000_000 + "s";
    }
    return nanos % 1_000_000 == 0 ? nanos / 1_000_000 + "ms" : nanos / 1_000 + "us";
  }
}
