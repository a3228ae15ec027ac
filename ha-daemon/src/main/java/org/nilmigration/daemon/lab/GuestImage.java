package org.nilmigration.daemon.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;

/**
 * Kernel and initramfs of the test guest.
 *
 * @param kernel {@code vmlinuz}
 * @param initrd {@code initrd.gz}
 */
public record GuestImage(Path kernel, Path initrd) {
  /** System property that names the directory of a built image. */
  public static final String PROPERTY = "nil.guest.dir";

  /** Environment variable that names it, second to the property. */
  public static final String VARIABLE = "NIL_GUEST_DIR";

  /**
   * The image named by the property or the variable, else the one that {@code guest/build-image}
   * below {@code nil.home} builds or has cached (which takes seconds to minutes).
   */
  public static GuestImage find() {
    String given = System.getProperty(PROPERTY, System.getenv(VARIABLE));
    return in(given == null || given.isBlank() ? build() : Path.of(given));
  }

  private static GuestImage in(Path directory) {
    GuestImage image = new GuestImage(directory.resolve("vmlinuz"), directory.resolve("initrd.gz"));
    for (Path file : List.of(image.kernel, image.initrd)) {
      if (!Files.isReadable(file)) {
        throw new FaultException(
            FaultKind.CONFIG,
            "guest image: found no readable %s, expected a directory made by ha-daemon/guest/build-image; unset %s and -D%s to have it built"
                .formatted(file, VARIABLE, PROPERTY));
      }
    }
    return image;
  }

  private static Path build() {
    Path script = NilHome.directory().resolve("guest/build-image");
    try {
      Process builder =
          new ProcessBuilder(
                  OutsideNetwork.command(
                      List.of("setpriv", "--pdeathsig", "TERM", "--", script.toString())))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      builder.getOutputStream().close();
      List<String> printed =
          new String(builder.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .toList();
      int code = builder.waitFor();
      if (code != 0 || printed.isEmpty()) {
        throw new FaultException(
            code == FaultKind.UNAVAILABLE.exitCode() ? FaultKind.UNAVAILABLE : FaultKind.ERROR,
            "building the guest: %s ended with exit code %d; its own lines above say why"
                .formatted(script, code));
      }
      return Path.of(printed.getLast());
    } catch (IOException e) {
      throw new FaultException(
          FaultKind.UNAVAILABLE,
          "building the guest: cannot run %s: %s".formatted(script, e.getMessage()),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FaultException(FaultKind.ERROR, "interrupted while building the guest", e);
    }
  }
}
