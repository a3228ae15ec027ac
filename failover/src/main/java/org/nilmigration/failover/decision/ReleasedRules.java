package org.nilmigration.failover.decision;

import static org.nilmigration.failover.decision.Decision.act;
import static org.nilmigration.failover.decision.Decision.rest;

import org.nilmigration.failover.placement.Handoff;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;
import org.nilmigration.heartbeat.Liveness;

/**
 * Decisions of a source that let go of its guest, while the placement still calls it the owner. As
 * long as the target did not say that it runs the guest, the live image is as it was handed over;
 * afterwards only the last commit counts.
 */
final class ReleasedRules {
  private ReleasedRules() {}

  static Decision decide(GuestFacts f, LocalRole.Released released) {
    Placement p = f.placement();
    if (p.state() == PlacementState.FAILOVER) {
      return standbyLives(f)
          ? rest("the guest died as it moved: waits for standby " + p.standby() + " to take over")
          : fromShadow(f, released, "the guest died as it moved, and its standby too");
    }
    if (p.handoff() == null) {
      return takeBack("the move was given up after this host let go");
    }
    Handoff handoff = p.handoff();
    if (f.words() != null && f.words().failed()) {
      return takeBack("target " + handoff.to() + " could not run it");
    }
    if (f.self().stalled() || f.judge(handoff.to(), handoff.toIncarnation()) != Liveness.DEAD) {
      return rest("handed over to host " + handoff.to() + ": waits for it to say so");
    }
    String cause =
        "target "
            + handoff.to()
            + " died before it said that the guest runs there ("
            + f.evidence(handoff.to(), handoff.toIncarnation())
            + ")";
    if (f.words() != null && !f.words().running()) {
      return takeBack(cause);
    }
    return p.isProtected() && !handoff.to().equals(p.standby()) && standbyLives(f)
        ? act(new Action.RequestFailover(cause), cause + ": standby " + p.standby() + " takes over")
        : fromShadow(f, released, cause);
  }

  private static boolean standbyLives(GuestFacts f) {
    Placement p = f.placement();
    return f.judge(p.standby(), p.standbyIncarnation()) != Liveness.DEAD;
  }

  private static Decision takeBack(String cause) {
    return act(new Action.TakeBack(cause, false), cause + ": resume what was handed over");
  }

  private static Decision fromShadow(GuestFacts f, LocalRole.Released released, String cause) {
    if (released.shadow() && f.placement().isProtected()) {
      return act(new Action.TakeBack(cause, true), cause + ": resume the last commit");
    }
    String reason = cause + " and the guest was unprotected";
    return act(new Action.Fail(reason), reason + ": failed");
  }
}
