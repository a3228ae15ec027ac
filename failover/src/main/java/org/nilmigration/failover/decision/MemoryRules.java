package org.nilmigration.failover.decision;

import static org.nilmigration.failover.decision.Decision.act;
import static org.nilmigration.failover.decision.Decision.rest;

import org.nilmigration.config.FaultKind;
import org.nilmigration.config.MemoryPlacement;
import org.nilmigration.failover.cluster.Operation;
import org.nilmigration.failover.cluster.OperationPhase;
import org.nilmigration.failover.cluster.OperationState;
import org.nilmigration.failover.cluster.OperationType;
import org.nilmigration.failover.placement.Placement;

/** When the memory of a running guest moves into the region (decouple) and back (recouple). */
public final class MemoryRules {
  private MemoryRules() {}

  /** Whether the operation asks for a move of the memory, and for nothing else. */
  public static boolean concerns(Operation operation) {
    return operation.type() == OperationType.DECOUPLE || operation.type() == OperationType.RECOUPLE;
  }

  /** For people: where memory of that placement is. */
  public static String place(MemoryPlacement memory, String owner) {
    return memory == MemoryPlacement.CXL ? "in the region" : "in host " + owner + " itself";
  }

  static Decision decide(GuestFacts f, Operation operation) {
    Placement p = f.placement();
    MemoryPlacement to =
        operation.type() == OperationType.DECOUPLE ? MemoryPlacement.CXL : MemoryPlacement.LOCAL;
    String place = place(to, f.me());
    if (p.memory() == to) {
      String there = "the memory of guest " + f.vm() + " is " + place;
      return operation.state() == OperationState.RUNNING
          ? end(operation.done(there, operation.timings()))
          : refuse(operation, there + " already; there is nothing to move", FaultKind.USAGE);
    }
    if (f.calledOff() != null) {
      return end(
          f.calledOff()
              .end(
                  operation,
                  "the memory of guest %s stays where it is: %s"
                      .formatted(f.vm(), f.calledOff().why())));
    }
    if (f.orders().paused()) {
      return refuse(
          operation,
          "the memory of guest %s does not move: %s; resume it first"
              .formatted(f.vm(), f.orders().pause()),
          FaultKind.UNAVAILABLE);
    }
    if (p.standby() != null && !p.synced()) {
      return rest(
          "asked to have its memory " + place + ": waits for its first sync to " + p.standby());
    }
    return act(
        new Action.MoveMemory(operation, to), "asked to have its memory " + place + ": copy it");
  }

  /** Before something that needs the memory in the region. */
  static Decision decouple(GuestFacts f, Operation operation, String why) {
    return move(f, operation, MemoryPlacement.CXL, why);
  }

  /** After a move of the guest to here. */
  static Decision recouple(GuestFacts f, Operation operation) {
    return move(f, operation, MemoryPlacement.LOCAL, "moved here with all it has");
  }

  private static Decision move(GuestFacts f, Operation operation, MemoryPlacement to, String why) {
    Placement p = f.placement();
    return p.standby() != null && !p.synced()
        ? rest(why + ": waits for its first sync to host " + p.standby())
        : act(
            new Action.MoveMemory(operation, to),
            why + ": its memory moves, to be " + place(to, f.me()));
  }

  static Decision underWay(GuestFacts f, LocalRole.MemoryMove move) {
    Operation operation = f.operation();
    if (f.calledOff() != null) {
      return act(new Action.CancelMove(), "the move of its memory is given up: stop it");
    }
    String howFar = move.tenths() * 10 + "% copied";
    String why = "its memory is on the way to be " + place(move.to(), f.me()) + ", " + howFar;
    return operation != null
            && operation.phase() == phase(move.to())
            && !howFar.equals(operation.detail())
        ? act(new Action.ReportMove(operation, howFar), why)
        : rest(why);
  }

  /** What an operation is at while memory moves there. */
  public static OperationPhase phase(MemoryPlacement to) {
    return to == MemoryPlacement.CXL ? OperationPhase.DECOUPLE : OperationPhase.RECOUPLE;
  }

  static Decision ended(GuestFacts f) {
    return act(
        new Action.FinishMove(f.operation(), f.calledOff() != null),
        "the move of its memory ended: say so");
  }

  private static Decision refuse(Operation operation, String sentence, FaultKind fault) {
    return end(operation.failed(sentence, fault.exitCode()));
  }

  private static Decision end(Operation ended) {
    return act(new Action.EndOperation(ended), ended.detail());
  }
}
