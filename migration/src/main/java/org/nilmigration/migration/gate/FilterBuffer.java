package org.nilmigration.migration.gate;

import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One buffer in the way of what a guest sends through one network back end.
 *
 * @param number unique over the life of the monitor's process, and growing
 * @param netdev the back end's id
 */
public record FilterBuffer(long number, String netdev) {
  private static final Pattern ID = Pattern.compile("nil-hold([0-9]{1,18})");

  /** Id of the monitor's object. */
  public String id() {
    return "nil-hold" + number;
  }

  /** The number in the id of such an object, empty for an object of another kind. */
  public static OptionalLong numberOf(String id) {
    Matcher matcher = ID.matcher(id);
    return matcher.matches()
        ? OptionalLong.of(Long.parseLong(matcher.group(1)))
        : OptionalLong.empty();
  }
}
