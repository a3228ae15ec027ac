package org.nilmigration.failover.cluster;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import org.nilmigration.config.FaultException;
import org.nilmigration.config.FaultKind;
import org.nilmigration.config.GuestConfig;
import org.nilmigration.config.NicConfig;
import org.nilmigration.config.OutputMode;

/** What a guest must be to be applied, beyond what its own document tells. Pure. */
final class ApplyRules {
  private ApplyRules() {}

  /**
   * @throws FaultException TRY_AGAIN when the guest runs and the change needs it stopped
   */
  static void requireStoppedForChange(GuestView now, GuestConfig next) {
    boolean live = now.placement() != null && now.placement().state().live();
    if (live && !now.config().withHost(next.host()).equals(next)) {
      throw new FaultException(
          FaultKind.TRY_AGAIN,
          "guest %s: found it %s on host %s, expected it stopped for a change of anything but its preferred host; stop it, apply again, then start it"
              .formatted(next.name(), now.placement().state(), now.placement().owner()));
    }
  }

  /**
   * Any host may run any guest, and hosts share networks, so that names and addresses are unique in
   * the cluster.
   *
   * @throws FaultException CONFIG with one line for each TAP device and MAC address that another
   *     guest has
   */
  static void requireOwnNames(GuestConfig guest, Collection<GuestConfig> others) {
    List<String> faults = new ArrayList<>();
    List<NicConfig> nics = guest.network().nics();
    for (int i = 0; i < nics.size(); i++) {
      String nic = "guest %s: key 'nics[%d].".formatted(guest.name(), i);
      faults.addAll(taken(nic + "tap'", nics.get(i), NicConfig::tap, "TAP device", others));
      faults.addAll(taken(nic + "mac'", nics.get(i), NicConfig::mac, "MAC address", others));
    }
    if (!faults.isEmpty()) {
      throw new FaultException(FaultKind.CONFIG, String.join("\n", faults));
    }
  }

  private static List<String> taken(
      String key,
      NicConfig nic,
      Function<NicConfig, String> part,
      String what,
      Collection<GuestConfig> others) {
    return others.stream()
        .filter(
            other -> other.network().nics().stream().map(part).anyMatch(part.apply(nic)::equals))
        .map(other ->
            "%s: found %s, which guest %s has, expected a %s that no other guest of the cluster has; give one of the two another, or remove guest %s"
                .formatted(key, part.apply(nic), other.name(), what, other.name()))
        .toList();
  }

  /**
   * Whether the guest's output becomes unsafe by this change. What was accepted once is not asked
   * for again while the guest's network stays as it is.
   *
   * @param before null for a new guest
   */
  static boolean turnsUnsafe(GuestConfig before, GuestConfig next) {
    boolean accepted = before != null && before.network().equals(next.network());
    return next.network().output() == OutputMode.IMMEDIATE && !accepted;
  }

  static FaultException unsafe(GuestConfig guest) {
    return new FaultException(
        FaultKind.UNSAFE,
        "guest %s: key 'output': found immediate without a fence agent, expected commit, for a takeover undoes what others have already seen of the guest; write output: commit, or accept that with --force (REST: ?force=true)"
            .formatted(guest.name()));
  }
}
