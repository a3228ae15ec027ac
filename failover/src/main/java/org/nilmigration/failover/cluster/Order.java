package org.nilmigration.failover.cluster;

import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * Who asks for something, and why.
 *
 * @param reason null when none was given
 */
public record Order(String by, String reason) {
  private static final int BY_CHARS_MAX = 64;
  private static final int REASON_CHARS_MAX = 200;

  public Order {
    require("by", by, BY_CHARS_MAX);
    if (reason != null) {
      require("reason", reason, REASON_CHARS_MAX);
    }
  }

  private static void require(String what, String text, int charsMax) {
    if (text == null
        || text.isBlank()
        || text.length() > charsMax
        || text.chars().anyMatch(Character::isISOControl)) {
      throw new FaultException(
          FaultKind.USAGE,
          "order: %s: found %s, expected one line of 1 to %d characters; shorten or correct it"
              .formatted(what, text == null ? "nothing" : text.length() + " characters", charsMax));
    }
  }

  /** Completes a sentence. */
  static String signature(String by, String reason) {
    return reason == null ? "by " + by : "by " + by + ": " + reason;
  }

  String signature() {
    return signature(by, reason);
  }
}
