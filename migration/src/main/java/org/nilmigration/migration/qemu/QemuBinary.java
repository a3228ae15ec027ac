package org.nilmigration.migration.qemu;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/** Finds the programs we start, and says whether a binary is a QEMU that is new enough. */
final class QemuBinary {
  private static final String INSTALL =
      "; install qemu-system-x86 (Debian 12 or newer) or correct the key 'qemu.binary'.";
  private static final Pattern VERSION =
      Pattern.compile("^QEMU emulator version (\\d+)\\.(\\d+)", Pattern.MULTILINE);
  private static final int MAJOR_MIN = 7;
  private static final int MINOR_MIN = 2;
  private static final long VERSION_SECONDS_MAX = 20;

  private QemuBinary() {}

  /** A QEMU version, without its patch level. */
  record Version(int major, int minor) {
    @Override
    public String toString() {
      return major + "." + minor;
    }
  }

  /**
   * The binary as an absolute path, looked up on the PATH when it has no slash.
   *
   * @throws FaultException UNAVAILABLE when there is no such executable
   */
  static Path resolve(String binary) {
    return resolve(binary, System.getenv().getOrDefault("PATH", "/usr/bin:/bin"), INSTALL);
  }

  /** A program of util-linux. */
  static Path utility(String name) {
    return resolve(
        name,
        System.getenv().getOrDefault("PATH", "/usr/bin:/bin"),
        "; install the package util-linux.");
  }

  static Path resolve(String binary, String searchPath, String remedy) {
    if (binary.contains("/")) {
      Path path = Path.of(binary).toAbsolutePath();
      if (!Files.isRegularFile(path)) {
        throw unavailable("There is no file " + path + " to run" + remedy);
      }
      if (!Files.isExecutable(path)) {
        throw unavailable(path + " is not an executable file" + remedy);
      }
      return path;
    }
    for (String directory : searchPath.split(File.pathSeparator)) {
      Path path = Path.of(directory).resolve(binary).toAbsolutePath();
      if (Files.isRegularFile(path) && Files.isExecutable(path)) {
        return path;
      }
    }
    throw unavailable(
        "The program '"
            + binary
            + "' is in no directory of the PATH ("
            + searchPath
            + ")"
            + remedy);
  }

  /** Runs {@code binary --version}; refuses what is not QEMU, and what is older than 7.2. */
  static Version requireVersion(Path binary) {
    String output = versionOutput(binary);
    Matcher matcher = VERSION.matcher(output);
    if (!matcher.find()) {
      throw unavailable(
          binary
              + " is not QEMU: found '"
              + firstLine(output)
              + "', expected 'QEMU emulator version ...' from --version"
              + INSTALL);
    }
    Version version =
        new Version(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
    if (version.major() < MAJOR_MIN
        || (version.major() == MAJOR_MIN && version.minor() < MINOR_MIN)) {
      throw unavailable(
          binary
              + " is too old: found QEMU "
              + version
              + ", expected "
              + MAJOR_MIN
              + "."
              + MINOR_MIN
              + " or newer"
              + INSTALL);
    }
    return version;
  }

  private static String versionOutput(Path binary) {
    try {
      Path output = Files.createTempFile("nil-qemu-version", ".txt");
      try {
        Process process =
            new ProcessBuilder(List.of(binary.toString(), "--version"))
                .redirectErrorStream(true)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(output.toFile())
                .start();
        if (!process.waitFor(VERSION_SECONDS_MAX, TimeUnit.SECONDS)) {
          process.destroyForcibly();
          throw unavailable(
              binary + " --version did not end within " + VERSION_SECONDS_MAX + " s" + INSTALL);
        }
        return Files.readString(output, StandardCharsets.ISO_8859_1);
      } finally {
        Files.deleteIfExists(output);
      }
    } catch (IOException e) {
      throw new FaultException(
          FaultKind.UNAVAILABLE, binary + " cannot be run (" + e.getMessage() + ")" + INSTALL, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FaultException(
          FaultKind.ERROR, "Interrupted while asking " + binary + " for its version.", e);
    }
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("");
  }

  private static FaultException unavailable(String sentence) {
    return new FaultException(FaultKind.UNAVAILABLE, sentence);
  }
}
