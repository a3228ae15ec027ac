package org.nilmigration.failover.decision;

import static org.nilmigration.failover.decision.Decision.act;
import static org.nilmigration.failover.decision.Decision.rest;

import org.nilmigration.config.FaultKind;
import org.nilmigration.config.MemoryPlacement;
import org.nilmigration.failover.cluster.Operation;
import org.nilmigration.failover.cluster.OperationState;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.heartbeat.Liveness;

/** What an owner makes of an operation that asks it to move its guest. */
final class MoveRules {
  private MoveRules() {}

  static Decision decide(GuestFacts f, Operation operation) {
    Placement p = f.placement();
    String to = operation.to();
    if (operation.state() == OperationState.RUNNING) {
      return interrupted(f, operation);
    }
    if (f.me().equals(to)) {
      return end(
          operation,
          "guest " + f.vm() + " is on host " + to + " already; name another host",
          FaultKind.USAGE);
    }
    Peer target = to == null ? null : f.peers().get(to);
    if (target == null) {
      return end(
          operation,
          "guest " + f.vm() + ": found no host " + to + " to move to; see 'nilctl host list'",
          FaultKind.NO_SUCH);
    }
    String unfit = unfit(f, target);
    if (unfit != null) {
      return end(
          operation,
          "guest %s does not move to host %s: %s".formatted(f.vm(), to, unfit),
          FaultKind.UNAVAILABLE);
    }
    if (target.verdict().liveness() != Liveness.ALIVE) {
      return end(
          operation,
          "guest %s does not move to host %s yet: %s; migrate it again in a moment"
              .formatted(f.vm(), to, f.evidence(to, target.incarnation())),
          FaultKind.TRY_AGAIN);
    }
    if (p.memory() == MemoryPlacement.LOCAL) {
      return MemoryRules.decouple(f, operation, "asked to move to host " + to);
    }
    if (p.standby() != null && !p.synced()) {
      return rest(
          "asked to move to host " + to + ": waits for its first sync to host " + p.standby());
    }
    return act(
        new Action.HandOver(operation, to, target.incarnation()),
        "asked to move to host " + to + ": hand over");
  }

  private static Decision interrupted(GuestFacts f, Operation operation) {
    return f.me().equals(operation.to())
        ? end(operation, "guest " + f.vm() + " runs on host " + f.me(), null)
        : end(
            operation,
            "the handoff of guest "
                + f.vm()
                + " was interrupted and it runs on host "
                + f.me()
                + "; migrate it again",
            FaultKind.TRY_AGAIN);
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
    if (!target.sameRegion()) {
      return "it has another region than this one; name a host that maps the same";
    }
    return null;
  }

  private static Decision end(Operation operation, String sentence, FaultKind fault) {
    return act(new Action.EndOperation(operation, sentence, fault), sentence);
  }
}
