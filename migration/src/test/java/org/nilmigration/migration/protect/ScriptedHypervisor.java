package org.nilmigration.migration.protect;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.nilmigration.checkpoint.memory.MappedFile;
import org.nilmigration.config.ByteSize;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.MachineType;
import org.nilmigration.config.NetworkConfig;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.Hypervisor;
import org.nilmigration.migration.hypervisor.HypervisorTraits;
import org.nilmigration.migration.hypervisor.Launch;
import org.nilmigration.migration.hypervisor.LeftGuest;

/**
 * A hypervisor without processes.
 *
 * @param guests gives the guest of each start
 */
record ScriptedHypervisor(Supplier<GuestProcess> guests) implements Hypervisor {

  /** Of guest {@code g}, waiting over that image. */
  static Launch launch(MappedFile image, Path directory) {
    GuestConfig config =
        new GuestConfig(
            "g",
            new ByteSize(image.size()),
            1,
            MachineType.MICROVM,
            null,
            Path.of("/none"),
            Path.of("/none"),
            "console=ttyS0",
            null,
            NetworkConfig.NONE,
            List.of(),
            null);
    return new Launch(config, image.path(), directory, true);
  }

  @Override
  public void probe() {}

  @Override
  public HypervisorTraits traits() {
    throw new UnsupportedOperationException();
  }

  @Override
  public GuestProcess start(Launch launch) {
    return guests.get();
  }

  @Override
  public Optional<LeftGuest> left(Path directory) {
    return Optional.empty();
  }

  @Override
  public void close() {}
}
