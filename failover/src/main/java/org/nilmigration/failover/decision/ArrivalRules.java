package org.nilmigration.failover.decision;

import static org.nilmigration.failover.decision.Decision.act;
import static org.nilmigration.failover.decision.Decision.alarm;
import static org.nilmigration.failover.decision.Decision.rest;

import java.util.Map;
import java.util.Optional;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.heartbeat.Liveness;

/**
 * Decisions of the host that a planned move ends at, whether it stands by for the guest or not. Up
 * to the outcome in ZooKeeper the guest is mute here, so that whoever loses the race for the
 * placement kills it and nothing is undone.
 */
final class ArrivalRules {
  private ArrivalRules() {}

  /** What is to be done with a guest that arrived, or with one that is not to arrive any more. */
  static Optional<Decision> settle(GuestFacts f) {
    Arriving arriving = f.arriving();
    Placement p = f.placement();
    if (arriving == null) {
      return Optional.empty();
    }
    boolean expected = p != null && p.handsTo(f.me(), f.self().incarnation());
    boolean current = expected && p.handoff().area().equals(arriving.area());
    boolean won =
        p != null
            && p.ownedBy(f.me(), f.self().incarnation())
            && p.generation() == arriving.generation() + 1;
    if (arriving.runs() && (current || won)) {
      return Optional.of(act(new Action.FinishHandover(), "arrived here: say so and protect it"));
    }
    if (!current) {
      String why = "the move to here was settled otherwise";
      return Optional.of(act(new Action.DropArrival(why), why + ": let go"));
    }
    return Optional.empty();
  }

  /** The rules of a target; the placement names this host as one. */
  static Decision decide(GuestFacts f) {
    Placement p = f.placement();
    Arriving arriving = f.arriving();
    if (arriving == null && f.words() != null && f.words().running()) {
      return failed(f, "it ran here for a moment and was let go of"); // its image is not as it was
    }
    if (arriving == null && f.leaving()) {
      return rest("this host leaves: the guest of host " + p.owner() + " does not come here");
    }
    if (arriving == null) {
      return act(new Action.Arrive(), "owner " + p.owner() + " moves it here: get ready");
    }
    if (arriving.fault() != null) {
      return failed(f, arriving.fault());
    }
    boolean released = f.words() != null && f.words().released();
    if (f.judge(p.owner(), p.ownerIncarnation()) == Liveness.DEAD && !released) {
      return p.isProtected()
          ? rest("owner " + p.owner() + " died before it let go: left to standby " + p.standby())
          : alarm(Decisions.down(p));
    }
    return rest("arrives from host " + p.owner());
  }

  /** Only a target that began to run the guest has something to say; else the source resumes it. */
  private static Decision failed(GuestFacts f, String fault) {
    Placement p = f.placement();
    if (f.words() == null || !f.words().released() || !f.words().running()) {
      return rest("did not arrive (" + fault + "): left to host " + p.owner());
    }
    String reason = "the guest died as it arrived on host " + f.me() + ": " + fault;
    return p.standbyIs(f.me(), f.self().incarnation()) && p.synced()
        ? act(new Action.TakeOver(reason, Map.of()), reason + ": go on from the last commit")
        : act(new Action.LoseArrival(reason), reason + ": say so");
  }
}
