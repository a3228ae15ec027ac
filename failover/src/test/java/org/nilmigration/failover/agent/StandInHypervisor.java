package org.nilmigration.failover.agent;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.nilmigration.config.Accelerator;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.Hypervisor;
import org.nilmigration.migration.hypervisor.HypervisorTraits;
import org.nilmigration.migration.hypervisor.Launch;
import org.nilmigration.migration.hypervisor.LeftGuest;

/** Guests without a virtual machine: {@link StandInGuest}s on the real images. */
final class StandInHypervisor implements Hypervisor {
  /** Guests with this kernel command line cannot be started. */
  static final String BROKEN = "broken";

  /** A host of this name has another version than the rest. */
  static final String OLD = "old";

  private final String host;
  private final Map<String, StandInGuest> latest = new ConcurrentHashMap<>();

  StandInHypervisor(String host) {
    this.host = host;
  }

  @Override
  public void probe() {}

  @Override
  public HypervisorTraits traits() {
    String version = host.equals(OLD) ? "0.9" : "1.0";
    return new HypervisorTraits(version, Accelerator.TCG, "stand-in", List.of("br0"));
  }

  @Override
  public GuestProcess start(Launch launch) {
    if (BROKEN.equals(launch.guest().append())) {
      throw new FaultException(
          FaultKind.UNAVAILABLE, "the stand-in found a broken guest, expected a sound one");
    }
    StandInGuest guest = new StandInGuest(launch);
    latest.put(launch.guest().name(), guest);
    return guest;
  }

  /** A stand-in lives within the daemon, and dies with it. */
  @Override
  public Optional<LeftGuest> left(Path directory) {
    return Optional.empty();
  }

  StandInGuest latest(String guest) {
    return latest.get(guest);
  }

  @Override
  public void close() {
    latest.values().forEach(StandInGuest::close);
  }
}
