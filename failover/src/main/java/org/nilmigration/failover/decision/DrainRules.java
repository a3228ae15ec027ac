package org.nilmigration.failover.decision;

import static org.nilmigration.failover.decision.Decision.act;
import static org.nilmigration.failover.decision.Decision.alarm;
import static org.nilmigration.failover.decision.Decision.rest;

import java.util.Optional;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.heartbeat.Liveness;

/** How a paired guest leaves a host that is drained, as owner or as standby. */
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

  private static Decision owner(GuestFacts f) {
    Placement p = f.placement();
    if (f.orders().cordoned().contains(p.standby())) {
      return f.pairablePeer().isPresent()
          ? act(
              new Action.DropStandby(
                  "standby " + p.standby() + " is cordoned and this host is drained", false),
              "drain: standby " + p.standby() + " is cordoned: pair with another host first")
          : alarm(
              "drain: stays, for its standby "
                  + p.standby()
                  + " is cordoned and no other is ready");
    }
    if (!p.synced()) {
      return rest("drain: waits for its first sync to host " + p.standby());
    }
    if (f.judge(p.standby(), p.standbyIncarnation()) != Liveness.ALIVE) {
      return rest("drain: waits for beats of standby " + p.standby());
    }
    return f.orders().turn()
        ? act(
            new Action.HandOver(null),
            "host " + f.me() + " is drained: hand over to standby " + p.standby())
        : rest("drain: waits for its turn to move to host " + p.standby());
  }

  private static Decision standby(GuestFacts f) {
    String standby = f.placement().standby();
    return act(
        new Action.DropStandby("host " + standby + " is drained", false),
        "host "
            + standby
            + " is drained: go on without it"
            + (f.pairablePeer().isPresent() ? ", then pair with another" : ", unprotected"));
  }
}
