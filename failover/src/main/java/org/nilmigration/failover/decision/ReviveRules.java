package org.nilmigration.failover.decision;

import static org.nilmigration.failover.decision.Decision.act;
import static org.nilmigration.failover.decision.Decision.refuse;

import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;

/** Owner and standby are gone at once; what they had is in the region still. */
final class ReviveRules {
  private ReviveRules() {}

  /** Shadow and log are those of a whole epoch, and no planned move was under way. */
  static boolean holds(GuestFacts f) {
    Placement p = f.placement();
    boolean calm = p.state() == PlacementState.RUNNING || p.state() == PlacementState.FAILOVER;
    return p.isProtected() && calm;
  }

  /** A host that had no part in it may. */
  static boolean may(GuestFacts f) {
    boolean free = f.wanted() && !f.leaving() && !f.cordoned() && !f.self().stalled();
    return free && holds(f) && standbyGone(f);
  }

  private static boolean standbyGone(GuestFacts f) {
    Placement p = f.placement();
    return f.me().equals(p.standby()) || f.gone(p.standby(), p.standbyIncarnation());
  }

  static Decision decide(GuestFacts f, String owner) {
    Placement p = f.placement();
    String gone = owner + " and standby " + p.standby() + " are gone";
    return f.orders().paused()
        ? refuse(gone + ": down, not resumed from the region, for " + f.orders().pause())
        : act(new Action.Revive(gone), gone + ": resume the guest from the region");
  }
}
