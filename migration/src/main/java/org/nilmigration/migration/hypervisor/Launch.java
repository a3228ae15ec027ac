package org.nilmigration.migration.hypervisor;

import java.nio.file.Path;
import java.util.Objects;
import org.nilmigration.config.GuestConfig;

/**
 * What one guest process is started from.
 *
 * @param guest the guest as its operator described it
 * @param image file that is the guest's memory, exactly {@code guest.memory()} bytes, mapped shared
 * @param directory private directory (0700, created when absent) for the control sockets and {@code
 *     console.log}, to which the guest's serial console is appended
 * @param incoming true for a warm standby that runs nothing until a state is restored into it
 */
public record Launch(GuestConfig guest, Path image, Path directory, boolean incoming) {
  public Launch {
    Objects.requireNonNull(guest, "guest");
    Objects.requireNonNull(image, "image");
    Objects.requireNonNull(directory, "directory");
  }

  /** The file the guest's serial console is appended to. */
  public Path consoleLog() {
    return directory.resolve("console.log");
  }
}
