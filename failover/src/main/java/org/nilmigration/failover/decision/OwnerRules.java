package org.nilmigration.failover.decision;

import static org.nilmigration.failover.decision.Decision.act;
import static org.nilmigration.failover.decision.Decision.alarm;
import static org.nilmigration.failover.decision.Decision.rest;

import java.util.Optional;
import java.util.stream.Collectors;
import org.nilmigration.config.MemoryPlacement;
import org.nilmigration.failover.cluster.Operation;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;
import org.nilmigration.heartbeat.Liveness;
import org.nilmigration.migration.hypervisor.GuestExit;

/** Decisions of the host that the placement names as owner. */
final class OwnerRules {
  private OwnerRules() {}

  static Decision decide(GuestFacts f) {
    return switch (f.local()) {
      case LocalRole.Owner owner -> running(f, owner);
      case LocalRole.Released released -> ReleasedRules.decide(f, released);
      case LocalRole.Standby standby ->
          act(new Action.FinishTakeover(), "taken over in the placement: resume it here");
      case LocalRole.Left unused -> left(f);
      case LocalRole.None none -> absent(f);
    };
  }

  private static Decision left(GuestFacts f) {
    return f.leaving()
        ? rest("left to the next run of this host's daemon")
        : act(
            new Action.Adopt(), "its process outlived an earlier run of this host: go on with it");
  }

  private static Decision absent(GuestFacts f) {
    if (f.placement().state() == PlacementState.STARTING) {
      return act(new Action.Start(), "placed here to start: boot it");
    }
    if (!f.wanted()) {
      String why = "the guest's process is gone from here";
      return act(
          new Action.MarkStopped(why), why + " and it is not wanted: say that it is stopped");
    }
    return lost(f, "the guest's process is not there");
  }

  private static Decision running(GuestFacts f, LocalRole.Owner owner) {
    Placement p = f.placement();
    if (owner.generation() != p.generation()) {
      String why =
          "the guest here is of generation "
              + owner.generation()
              + ", placement says "
              + p.generation();
      return act(new Action.StepDown(why), why + ": kill it");
    }
    if (owner.exit() != null) {
      return ended(f, owner.exit());
    }
    if (!f.wanted()) {
      return act(new Action.Stop("asked for", false), "not wanted to run any more: stop it");
    }
    if (p.state() == PlacementState.STARTING) {
      return act(new Action.MarkRunning(), "started: say so");
    }
    boolean hung = owner.hung() || p.state() == PlacementState.FAILOVER;
    if (hung && isRescued(f)) {
      return lost(f, "the guest's process does not answer");
    }
    if (p.state() == PlacementState.HANDOFF) {
      return act(new Action.RevertHandoff(), "the handoff ended without an outcome: take it back");
    }
    if (owner.move() != null && owner.move().ended()) {
      return MemoryRules.ended(f);
    }
    if (f.leaving()) {
      return leaving(f, owner);
    }
    return p.standby() == null ? alone(f, owner) : paired(f, owner);
  }

  private static Decision ended(GuestFacts f, GuestExit exit) {
    if (exit.cause() == GuestExit.Cause.GUEST_SHUTDOWN) {
      return act(new Action.Stop("the guest shut itself down", true), "the guest shut itself down");
    }
    return lost(f, "the guest's process died: " + exit.describe());
  }

  private static Decision lost(GuestFacts f, String reason) {
    Placement p = f.placement();
    if (!isRescued(f)) {
      return act(new Action.Fail(reason), reason + " and no synced standby holds it: failed");
    }
    if (f.orders().paused()) {
      return alarm(reason + ": down, no takeover, for " + f.orders().pause());
    }
    return p.state() == PlacementState.FAILOVER
        ? rest(reason + ": waits for standby " + p.standby() + " to take over")
        : act(
            new Action.RequestFailover(reason),
            reason + ": standby " + p.standby() + " takes over");
  }

  /** A synced standby holds it, of which nobody knows that it is dead. */
  private static boolean isRescued(GuestFacts f) {
    Placement p = f.placement();
    return p.isProtected() && f.judge(p.standby(), p.standbyIncarnation()) != Liveness.DEAD;
  }

  private static Decision leaving(GuestFacts f, LocalRole.Owner owner) {
    Placement p = f.placement();
    if (owner.move() != null) {
      return MemoryRules.underWay(f, owner.move());
    }
    if (p.standby() != null && !p.synced()) {
      String why = "its host leaves and the first sync is not complete";
      return act(new Action.DropStandby(why, false), why + ": go without standby " + p.standby());
    }
    if (f.self().leaving() == Self.Leaving.KEEPING) {
      return act(new Action.Leave(), "this host's daemon ends: leave the guest to its next run");
    }
    Optional<Peer> target = f.moveTarget().or(() -> lastResort(f));
    if (target.isPresent() && p.memory() == MemoryPlacement.LOCAL) {
      return MemoryRules.decouple(f, null, "this host leaves");
    }
    return target
        .map(peer ->
            act(
                new Action.HandOver(null, peer.host(), peer.incarnation()),
                "this host leaves: hand over to host " + peer.host()))
        .orElseGet(() ->
            act(
                new Action.Stop("its host leaves and no other host can have it", false),
                "this host leaves and no other host can have the guest: stop it"));
  }

  /** A standby that is cordoned gets nothing new, but the guest would have to be stopped. */
  private static Optional<Peer> lastResort(GuestFacts f) {
    Placement p = f.placement();
    return p.isProtected() && f.judge(p.standby(), p.standbyIncarnation()) == Liveness.ALIVE
        ? Optional.of(f.peers().get(p.standby()))
        : Optional.empty();
  }

  private static Decision alone(GuestFacts f, LocalRole.Owner owner) {
    if (owner.pairing() >= 0) {
      return act(new Action.Unprotect(), "the standby left: go on unprotected");
    }
    if (owner.move() != null) {
      return MemoryRules.underWay(f, owner.move());
    }
    if (f.operation() != null) {
      return asked(f, f.operation());
    }
    if (f.orders().paused()) {
      return alarm("runs unprotected and gets no standby, for " + f.orders().pause());
    }
    Optional<Decision> drain = DrainRules.alone(f);
    if (drain.isPresent()) {
      return drain.get();
    }
    Optional<Peer> peer = f.pairablePeer();
    if (peer.isPresent()) {
      String host = peer.get().host();
      return act(
          new Action.Pair(host, peer.get().incarnation()), "unprotected: pair with host " + host);
    }
    return alarm(
        "runs unprotected: no other host that fits is alive, ready, not cordoned and has room"
            + misfits(f));
  }

  private static String misfits(GuestFacts f) {
    return f.peers().values().stream()
        .filter(peer -> peer.registered() && peer.misfit() != null)
        .map(peer -> "; host " + peer.host() + ": " + peer.misfit())
        .sorted()
        .collect(Collectors.joining());
  }

  private static Decision paired(GuestFacts f, LocalRole.Owner owner) {
    Placement p = f.placement();
    Optional<Action.DropStandby> drop = dropReason(f, owner);
    if (drop.isPresent()) {
      return act(drop.get(), drop.get().reason() + ": go on without standby " + p.standby());
    }
    if (owner.synced() && !p.synced()) {
      return act(new Action.MarkSynced(), "standby " + p.standby() + " is synced: say so");
    }
    if (owner.move() != null) {
      return MemoryRules.underWay(f, owner.move());
    }
    if (f.operation() != null) {
      return asked(f, f.operation());
    }
    if (!f.registered(p.standby(), p.standbyIncarnation())) {
      return alarm("standby " + p.standby() + " is cut from ZooKeeper and could not take over");
    }
    return DrainRules.decide(f)
        .orElseGet(
            () -> rest((p.synced() ? "protected by host " : "first sync to host ") + p.standby()));
  }

  private static Decision asked(GuestFacts f, Operation operation) {
    return MemoryRules.concerns(operation)
        ? MemoryRules.decide(f, operation)
        : MoveRules.decide(f, operation);
  }

  private static Optional<Action.DropStandby> dropReason(GuestFacts f, LocalRole.Owner owner) {
    Placement p = f.placement();
    if (owner.protectorFault() != null) {
      return Optional.of(new Action.DropStandby(owner.protectorFault(), true));
    }
    if (owner.pairing() != p.pairing()) {
      return Optional.of(new Action.DropStandby("the pairing was not completed here", true));
    }
    if (f.self().stalled()) {
      return Optional.empty();
    }
    Liveness standby = f.judge(p.standby(), p.standbyIncarnation());
    boolean noSession = !f.registered(p.standby(), p.standbyIncarnation());
    if (standby == Liveness.DEAD || (standby == Liveness.UNKNOWN && noSession)) {
      String evidence = f.evidence(p.standby(), p.standbyIncarnation());
      return Optional.of(
          new Action.DropStandby("standby " + p.standby() + " is lost (" + evidence + ")", false));
    }
    return Optional.empty();
  }
}
