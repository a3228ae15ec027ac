package org.nilmigration.daemon.lab;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/** Where the programs were started from: {@code ha-daemon/} of a checkout, or the package. */
public final class NilHome {
  private static final String PROPERTY = "nil.home";

  private NilHome() {}

  /**
   * @throws FaultException CONFIG when the program was started otherwise
   */
  public static Path directory() {
    String home = System.getProperty(PROPERTY);
    if (home == null || !Files.isRegularFile(Path.of(home, "config/nild.jvmoptions"))) {
      throw new FaultException(
          FaultKind.CONFIG,
          "system property %s: found %s, expected the directory with bin/ and config/nild.jvmoptions; start the program with bin/nilctl"
              .formatted(PROPERTY, home));
    }
    return Path.of(home).toAbsolutePath().normalize();
  }

  /** Command line of a nild that runs the classes of this very process, with bin/nild's options. */
  static List<String> nild(Path config) {
    Path home = directory();
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "@" + home.resolve("config/nild.jvmoptions"),
        "-D" + PROPERTY + "=" + home,
        "-cp",
        System.getProperty("java.class.path"),
        "org.nilmigration.daemon.nild.NildMain",
        "--config",
        config.toString());
  }
}
