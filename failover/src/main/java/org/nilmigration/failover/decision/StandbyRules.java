package org.nilmigration.failover.decision;

import static org.nilmigration.failover.decision.Decision.act;
import static org.nilmigration.failover.decision.Decision.alarm;
import static org.nilmigration.failover.decision.Decision.refuse;
import static org.nilmigration.failover.decision.Decision.rest;

import java.util.Map;
import java.util.Optional;
import org.nilmigration.failover.placement.Handoff;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;
import org.nilmigration.heartbeat.Liveness;

/** Decisions of the host that the placement names as standby: the table of the two channels. */
final class StandbyRules {
  private StandbyRules() {}

  static Decision decide(GuestFacts f) {
    if (f.local() instanceof LocalRole.Standby standby) {
      return following(f, standby);
    }
    if (f.leaving() && f.local() instanceof LocalRole.Released) {
      String why = "this host leaves";
      return act(new Action.LeaveStandby(why), why + ": does not become a standby");
    }
    if (f.leaving()) {
      return f.self().leaving() == Self.Leaving.STANDBYS
          ? resign("host " + f.me() + " leaves")
          : rest("this host leaves: does not become a standby");
    }
    Placement p = f.placement();
    if (ownerDead(f) && !p.synced()) {
      return nothingHeld(f);
    }
    return act(new Action.BecomeStandby(), "named standby of host " + p.owner() + ": follow it");
  }

  private static Decision following(GuestFacts f, LocalRole.Standby standby) {
    Placement p = f.placement();
    if (standby.generation() < p.generation() && standby.synced() && p.synced()) {
      return act(
          new Action.BecomeStandby(),
          "the guest moved to host " + p.owner() + ": follow it there on the same shadow");
    }
    if (standby.generation() != p.generation() || standby.pairing() != p.pairing()) {
      String why = "the pairing moved on to generation " + p.generation();
      return act(new Action.LeaveStandby(why), why + ", pairing " + p.pairing() + ": let go");
    }
    boolean moving = p.state() == PlacementState.HANDOFF;
    if (standby.fault() != null) {
      return moving ? afterTheMove(standby.fault()) : resign(standby.fault());
    }
    if (ownerDead(f)) {
      return ownerDied(f, standby);
    }
    if (p.handsTo(f.me(), f.self().incarnation())) {
      return ArrivalRules.decide(f);
    }
    if (f.self().leaving() == Self.Leaving.STANDBYS) {
      String why = "host " + f.me() + " leaves";
      return moving ? afterTheMove(why) : resign(why);
    }
    if (p.state() == PlacementState.FAILOVER && standby.synced()) {
      if (f.orders().paused()) {
        return refuse("the guest's process died: down, no takeover, for " + f.orders().pause());
      }
      return act(
          new Action.TakeOver(p.note(), Map.of()),
          "asked to, by owner " + p.owner() + ": take over");
    }
    return calm(f, standby);
  }

  /** Only those who hand over write the placement while they do. */
  private static Decision afterTheMove(String reason) {
    return rest(reason + ": gives up being standby when the guest has moved");
  }

  /** The owner let go of the guest before it died, and the target may still say that it has it. */
  private static boolean leftToTarget(GuestFacts f) {
    if (f.words() == null || !f.words().released()) {
      return false;
    }
    if (f.placement().handsTo(f.me(), f.self().incarnation())) {
      return f.arriving() != null && f.arriving().fault() == null;
    }
    Handoff handoff = f.placement().handoff();
    return !f.words().failed() && f.judge(handoff.to(), handoff.toIncarnation()) != Liveness.DEAD;
  }

  private static Decision ownerDied(GuestFacts f, LocalRole.Standby standby) {
    Placement p = f.placement();
    if (f.self().stalled()) {
      return rest("this host itself stood still: its verdict on the owner does not count yet");
    }
    if (!standby.synced() || !p.synced()) {
      return nothingHeld(f); // until the placement says so, the owner lets output out at once
    }
    if (leftToTarget(f)) {
      return rest(
          "owner " + p.owner() + " died after it let go: left to target " + p.handoff().to());
    }
    if (!f.wanted()) {
      String why = "owner " + p.owner() + " is gone";
      return act(
          new Action.MarkStopped(why), why + " and it is not wanted: say that it is stopped");
    }
    if (f.orders().paused()) {
      return refuse(
          "beats of owner " + p.owner() + " stopped: down, no takeover, for " + f.orders().pause());
    }
    boolean session = f.registered(p.owner(), p.ownerIncarnation());
    if (session && f.brake() != null) {
      return refuse(
          "beats of owner %s stopped, ZooKeeper session alive, no takeover yet: %s"
              .formatted(p.owner(), f.brake()));
    }
    Optional<Decision> fence = fence(f);
    if (fence.isPresent()) {
      return fence.get();
    }
    String cause =
        "beats of owner "
            + p.owner()
            + " stopped, ZooKeeper session "
            + (session ? "alive (daemon hung or link lost)" : "gone (crash)")
            + ": "
            + f.evidence(p.owner(), p.ownerIncarnation());
    return act(new Action.TakeOver(cause, evidence(f, session)), cause + ": take over");
  }

  /** What a guest needs that could do harm if it ran twice; empty when it may be taken over. */
  static Optional<Decision> fence(GuestFacts f) {
    Placement p = f.placement();
    FenceFacts fence = f.fence();
    boolean restarted = f.restarted(p.owner(), p.ownerIncarnation());
    boolean off =
        fence.by() != null || restarted || f.resetByWatchdog(p.owner(), p.ownerIncarnation());
    if (!fence.required() || off) {
      return Optional.empty();
    }
    String down =
        "beats of owner %s stopped: down until that host is off for certain, for output is immediate: "
            .formatted(p.owner());
    if (!fence.reachable() && fence.resetAfter() != null) {
      return Optional.of(
          alarm(
              down
                  + "its watchdog has reset it after %d s of silence, without a session in ZooKeeper"
                      .formatted(fence.resetAfter().toSeconds())));
    }
    if (!fence.reachable()) {
      return Optional.of(
          refuse(
              down
                  + "this host has no fence agent for it; switch it off, then nilctl host"
                  + " confirm-dead "
                  + p.owner()));
    }
    return Optional.of(
        fence.busy() == null
            ? act(new Action.Fence(p.owner(), p.ownerIncarnation()), down + "fence it")
            : alarm(down + fence.busy()));
  }

  /** What the rules above asked, in their order, and the answers that led to a takeover. */
  private static Map<String, String> evidence(GuestFacts f, boolean session) {
    Placement p = f.placement();
    String move =
        p.handoff() == null
            ? "none was under way"
            : "that to host " + p.handoff().to() + " cannot end well";
    return Map.of(
        "session",
        "%s of host %s in ZooKeeper".formatted(session ? "alive" : "gone", p.owner()),
        "ruledOut",
        String.join(
            "; ",
            "a stall of this host: its own decisions were on time",
            "a standby that is behind: synced, and the placement says so",
            "a planned move: " + move,
            "orders: the guest is wanted and HA is not paused",
            session ? "a brake: none holds" : "a brake: holds no crash that ZooKeeper confirms",
            "two running guests: " + certainty(f)));
  }

  private static String certainty(GuestFacts f) {
    if (f.fence().by() != null) {
      return "the owner is off, confirmed by " + f.fence().by();
    }
    if (!f.fence().required()) {
      return "a stale owner is mute until it sees that it was deposed";
    }
    Placement p = f.placement();
    return f.restarted(p.owner(), p.ownerIncarnation())
        ? "the owner's daemon was restarted, its guests are gone"
        : "the owner was silent for more than %d s: its watchdog has reset it"
            .formatted(f.fence().resetAfter().toSeconds());
  }

  private static Decision nothingHeld(GuestFacts f) {
    Placement p = f.placement();
    if (!f.wanted()) {
      String why = "owner " + p.owner() + " is gone";
      return act(
          new Action.MarkStopped(why), why + " and it is not wanted: say that it is stopped");
    }
    return refuse(Decisions.down(p));
  }

  private static Decision calm(GuestFacts f, LocalRole.Standby standby) {
    Placement p = f.placement();
    if (!f.registered(p.owner(), p.ownerIncarnation())) {
      return refuse(
          "owner "
              + p.owner()
              + " is cut from ZooKeeper but its beats "
              + (f.judge(p.owner(), p.ownerIncarnation()) == Liveness.ALIVE
                  ? "live"
                  : "were not seen to stop (" + f.evidence(p.owner(), p.ownerIncarnation()) + ")")
              + ": no takeover");
    }
    return rest((standby.synced() ? "follows host " : "first sync from host ") + p.owner());
  }

  private static boolean ownerDead(GuestFacts f) {
    Placement p = f.placement();
    return f.judge(p.owner(), p.ownerIncarnation()) == Liveness.DEAD;
  }

  private static Decision resign(String reason) {
    return act(new Action.ResignStandby(reason), reason + ": give up being standby");
  }
}
