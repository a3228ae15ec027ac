package org.nilmigration.failover.decision;

import static org.nilmigration.failover.decision.Decision.act;
import static org.nilmigration.failover.decision.Decision.rest;

import org.nilmigration.config.FaultKind;
import org.nilmigration.config.MemoryPlacement;
import org.nilmigration.failover.cluster.Operation;
import org.nilmigration.failover.cluster.OperationPhase;
import org.nilmigration.failover.cluster.OperationState;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.heartbeat.Liveness;

/** What an owner makes of an operation that asks it to move its guest. */
final class MoveRules {
  private MoveRules() {}

  static Decision decide(GuestFacts f, Operation operation) {
    String to = operation.to();
    if (f.me().equals(to)) {
      return here(f, operation);
    }
    if (f.calledOff() != null) {
      return end(
          f.calledOff()
              .end(
                  operation,
                  "guest %s stays on host %s: the move was given up, %s"
                      .formatted(f.vm(), f.me(), f.calledOff().why())));
    }
    if (operation.handingOver() || operation.phase() == OperationPhase.RECOUPLE) {
      return fail(
          operation,
          "the move of guest %s to host %s was interrupted and it runs on host %s; migrate it again"
              .formatted(f.vm(), to, f.me()),
          FaultKind.TRY_AGAIN);
    }
    if (f.orders().paused()) {
      return fail(
          operation,
          "guest %s does not move: %s; resume HA first".formatted(f.vm(), f.orders().pause()),
          FaultKind.UNAVAILABLE);
    }
    Peer target = to == null ? null : f.peers().get(to);
    if (target == null) {
      return fail(
          operation,
          "guest " + f.vm() + ": found no host " + to + " to move to; see 'nilctl host list'",
          FaultKind.NO_SUCH);
    }
    String unfit = unfit(f, target);
    if (unfit != null) {
      return fail(
          operation,
          "guest %s does not move to host %s: %s".formatted(f.vm(), to, unfit),
          FaultKind.UNAVAILABLE);
    }
    if (target.verdict().liveness() != Liveness.ALIVE) {
      return fail(
          operation,
          "guest %s does not move to host %s yet: %s; migrate it again in a moment"
              .formatted(f.vm(), to, f.evidence(to, target.incarnation())),
          FaultKind.TRY_AGAIN);
    }
    return go(f, operation, target);
  }

  private static Decision go(GuestFacts f, Operation operation, Peer target) {
    Placement p = f.placement();
    String asked = "asked to move to host " + target.host();
    if (p.memory() == MemoryPlacement.LOCAL) {
      return MemoryRules.decouple(f, operation, asked);
    }
    if (p.standby() != null && !p.synced()) {
      return rest(asked + ": waits for its first sync to host " + p.standby());
    }
    return act(
        new Action.HandOver(operation, target.host(), target.incarnation()), asked + ": hand over");
  }

  /** The guest is where it was to go; its memory may have yet to follow. */
  private static Decision here(GuestFacts f, Operation operation) {
    if (operation.state() == OperationState.PENDING) {
      return fail(
          operation,
          "guest %s is on host %s already; name another host".formatted(f.vm(), f.me()),
          FaultKind.USAGE);
    }
    String runs = "guest " + f.vm() + " runs on host " + f.me();
    if (!operation.recouple() || f.placement().memory() == MemoryPlacement.LOCAL) {
      return end(operation.done(runs, operation.timings()));
    }
    return f.calledOff() == null
        ? MemoryRules.recouple(f, operation)
        : end(
            f.calledOff()
                .end(operation, runs + "; its memory stays in the region, " + f.calledOff().why()));
  }

  /** Why the host cannot have it, with the remedy; null when it can. */
  private static String unfit(GuestFacts f, Peer target) {
    if (f.orders().cordoned().contains(target.host())) {
      return "it is cordoned; name another host, or 'nilctl host uncordon %s' first"
          .formatted(target.host());
    }
    if (!target.alive()) {
      return "it is not alive (%s); start it, or name another host"
          .formatted(f.evidence(target.host(), target.incarnation()));
    }
    if (target.misfit() != null) {
      return target.misfit();
    }
    boolean room = target.hasRoom(f.memoryBytes()) || target.host().equals(f.placement().standby());
    return room
        ? null
        : "it has no room for it within its 'memory.capacity'; move or stop other guests there";
  }

  private static Decision fail(Operation operation, String sentence, FaultKind fault) {
    return end(operation.failed(sentence, fault.exitCode()));
  }

  private static Decision end(Operation ended) {
    return act(new Action.EndOperation(ended), ended.detail());
  }
}
