package org.nilmigration.failover.decision;

import static org.nilmigration.failover.decision.Decision.act;
import static org.nilmigration.failover.decision.Decision.alarm;
import static org.nilmigration.failover.decision.Decision.rest;

import java.util.Optional;
import org.nilmigration.config.MemoryPlacement;
import org.nilmigration.failover.placement.Placement;

/** How a guest leaves a host that is drained, as owner or as standby. */
final class DrainRules {
  private DrainRules() {}

  /** Empty when no drain concerns the guest. */
  static Optional<Decision> decide(GuestFacts f) {
    Placement p = f.placement();
    boolean ownerLeaves = f.orders().draining().contains(f.me());
    boolean standbyLeaves = f.orders().draining().contains(p.standby());
    if (!ownerLeaves && !standbyLeaves) {
      return Optional.empty();
    }
    if (f.orders().paused()) {
      return Optional.of(alarm("a drain concerns it, but " + f.orders().pause()));
    }
    return Optional.of(ownerLeaves ? owner(f) : standby(f));
  }

  /** An unprotected guest that leaves its host needs no standby for that, but one afterwards. */
  static Optional<Decision> alone(GuestFacts f) {
    if (!f.orders().draining().contains(f.me())) {
      return Optional.empty();
    }
    Optional<Peer> target = f.moveTarget();
    boolean pairsHere = target.isPresent() && staysUnprotected(f, f.me(), target.get().host());
    return pairsHere ? Optional.empty() : Optional.of(move(f));
  }

  /** Leaving the drained host would leave the guest unprotected, and nobody has accepted that. */
  private static boolean staysUnprotected(GuestFacts f, String drained, String owner) {
    return !f.orders().forced().contains(drained) && !f.protectableOn(owner);
  }

  private static Decision owner(GuestFacts f) {
    Placement p = f.placement();
    return p.synced() ? move(f) : rest("drain: waits for its first sync to host " + p.standby());
  }

  private static Decision move(GuestFacts f) {
    Optional<Peer> target = f.moveTarget();
    if (target.isEmpty()) {
      return alarm("drain: stays, for no other host is alive, ready, not cordoned and has room");
    }
    String to = target.get().host();
    if (staysUnprotected(f, f.me(), to)) {
      return alarm(
          "drain: stays, for no third host could protect it on host %s; %s"
              .formatted(to, remedy(f.me())));
    }
    if (!f.orders().turn()) {
      return rest("drain: waits for its turn to move to host " + to);
    }
    String drained = "host " + f.me() + " is drained";
    return f.placement().memory() == MemoryPlacement.LOCAL
        ? MemoryRules.decouple(f, null, drained)
        : act(
            new Action.HandOver(null, to, target.get().incarnation()),
            drained + ": hand over to host " + to);
  }

  private static Decision standby(GuestFacts f) {
    String standby = f.placement().standby();
    if (staysUnprotected(f, standby, f.me())) {
      return alarm(
          "host %s is drained, but protects it: no other host could; %s"
              .formatted(standby, remedy(standby)));
    }
    if (!f.orders().turn()) {
      return rest("drain: keeps its standby " + standby + " until it is its turn to pair anew");
    }
    return act(
        new Action.DropStandby("host " + standby + " is drained", false),
        "host "
            + standby
            + " is drained: go on without it"
            + (f.pairablePeer().isPresent() ? ", then pair with another" : ", unprotected"));
  }

  private static String remedy(String drained) {
    return "start or uncordon a host, or nilctl host drain " + drained + " --force";
  }
}
