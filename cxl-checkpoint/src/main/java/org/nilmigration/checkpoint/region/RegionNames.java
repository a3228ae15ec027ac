package org.nilmigration.checkpoint.region;

import java.util.regex.Pattern;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/** Which names may become file names: nothing that leaves its directory. */
final class RegionNames {
  private static final Pattern GUEST = Pattern.compile("[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?");
  private static final Pattern HOST =
      Pattern.compile("[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?");
  private static final Pattern IMAGE = Pattern.compile("g[0-9]{6,19}-p[0-9]{6,19}\\.img");
  private static final Pattern LOG = Pattern.compile("g[0-9]{6,19}-p[0-9]{6,19}\\.log");
  private static final Pattern HANDOFF = Pattern.compile("g[0-9]{6,19}-h[0-9]{6,19}\\.handoff");

  private RegionNames() {}

  static boolean isGuest(String name) {
    return GUEST.matcher(name).matches();
  }

  static boolean isHost(String name) {
    return HOST.matcher(name).matches();
  }

  static boolean isImage(String name) {
    return IMAGE.matcher(name).matches();
  }

  static boolean isLog(String name) {
    return LOG.matcher(name).matches();
  }

  static boolean isHandoff(String name) {
    return HANDOFF.matcher(name).matches();
  }

  /** Whether it names a file of a guest that is made and reclaimed with its reigns. */
  static boolean isOfReign(String name) {
    return isImage(name) || isLog(name) || isHandoff(name);
  }

  static void require(boolean valid, String what, String found, String expected) {
    if (!valid) {
      throw new FaultException(
          FaultKind.ERROR,
          "region: name of "
              + what
              + ": found '"
              + found
              + "', expected "
              + expected
              + "; correct the name");
    }
  }
}
