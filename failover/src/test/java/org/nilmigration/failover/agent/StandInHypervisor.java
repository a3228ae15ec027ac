package org.nilmigration.failover.agent;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.migration.hypervisor.GuestProcess;
import org.nilmigration.migration.hypervisor.Hypervisor;
import org.nilmigration.migration.hypervisor.Launch;

/** Guests without a virtual machine: {@link StandInGuest}s on the real images. */
final class StandInHypervisor implements Hypervisor {
  /** Guests with this kernel command line cannot be started. */
  static final String BROKEN = "broken";

  private final Map<String, StandInGuest> latest = new ConcurrentHashMap<>();

  @Override
  public void probe() {}

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

  StandInGuest latest(String guest) {
    return latest.get(guest);
  }

  @Override
  public void close() {
    latest.values().forEach(StandInGuest::close);
  }
}
