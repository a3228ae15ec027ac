package org.nilmigration.failover.cluster;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.nilmigration.config.Accelerator;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.NicConfig;
import org.nilmigration.migration.hypervisor.HypervisorTraits;

/** Whether a guest that runs on one host can be resumed on another, as the two registered. Pure. */
public final class HostFit {
  private HostFit() {}

  /** What must fit; each says what it found, expected and asks for where it does not. */
  public enum Part {
    /** Both must map the same memory. */
    REGION,
    /** The state of a guest is that of one version of its machine. */
    HYPERVISOR,
    /** So is what its processors can do. */
    PROCESSOR,
    /** Its network interfaces are put on bridges by name. */
    NETWORK
  }

  /** The first thing that does not fit, with the remedy; null when all does. */
  public static String misfit(GuestConfig guest, HostRecord from, HostRecord to) {
    return Arrays.stream(Part.values())
        .map(part -> misfit(part, guest, from, to))
        .flatMap(Optional::stream)
        .findFirst()
        .orElse(null);
  }

  static Optional<String> misfit(Part part, GuestConfig guest, HostRecord from, HostRecord to) {
    return Optional.ofNullable(
        switch (part) {
          case REGION -> region(from, to);
          case HYPERVISOR -> hypervisor(from, to);
          case PROCESSOR -> processor(guest, from, to);
          case NETWORK -> network(guest, to);
        });
  }

  private static String region(HostRecord from, HostRecord to) {
    return from.regionUuid().equals(to.regionUuid())
        ? null
        : "it has another region than host "
            + from.host()
            + "; name a host that maps the same, or give both the same key 'region'";
  }

  private static String hypervisor(HostRecord from, HostRecord to) {
    return from.traits().version().equals(to.traits().version())
        ? null
        : "found QEMU %s there and %s on host %s, expected the same, for a guest keeps the machine it started with; install the same version and restart nild there"
            .formatted(to.traits().version(), from.traits().version(), from.host());
  }

  private static String processor(GuestConfig guest, HostRecord from, HostRecord to) {
    HypervisorTraits here = from.traits();
    HypervisorTraits there = to.traits();
    if (here.accelerator() != there.accelerator()) {
      return "found accelerator %s there and %s on host %s, expected the same; correct the key 'qemu.accelerator'"
          .formatted(there.accelerator(), here.accelerator(), from.host());
    }
    boolean ofHost =
        here.accelerator() == Accelerator.KVM
            && guest.cpu() != null
            && List.of("host", "max").contains(guest.cpu().split(",", 2)[0]);
    return !ofHost || Objects.equals(here.processor(), there.processor())
        ? null
        : "found processors '%s' there and '%s' on host %s, expected the same, for the guest has cpu '%s'; give it a model that both have"
            .formatted(there.processor(), here.processor(), from.host(), guest.cpu());
  }

  private static String network(GuestConfig guest, HostRecord to) {
    List<String> missing =
        guest.network().nics().stream()
            .map(NicConfig::bridge)
            .filter(bridge -> !to.traits().bridges().contains(bridge))
            .distinct()
            .toList();
    return missing.isEmpty()
        ? null
        : "found no bridge %s there, expected it for the guest's network interfaces; make it there with 'ip link add NAME type bridge'"
            .formatted(String.join(", ", missing));
  }
}
