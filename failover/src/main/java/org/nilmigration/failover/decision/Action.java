package org.nilmigration.failover.decision;

import java.util.Map;
import org.nilmigration.config.MemoryPlacement;
import org.nilmigration.failover.cluster.Operation;

/** What a host is to do for a guest now. One at a time; {@link #preempts} says what cannot wait. */
public sealed interface Action {

  /** True for actions that interrupt another effect of the same guest. */
  default boolean preempts() {
    return false;
  }

  /** Nothing to do. */
  record Wait() implements Action {}

  /** Leader of the election, or owner of a STARTING placement: boot the guest here. */
  record Start() implements Action {}

  /** This host restarted and nobody took the guest over: boot it anew, next generation. */
  record ColdStart() implements Action {}

  /** The guest's process outlived an earlier run of this host's daemon: go on with it. */
  record Adopt() implements Action {}

  /** Owner: let the guest run on for the next run of this host's daemon. */
  record Leave() implements Action {}

  /** Owner: the guest runs, say so. */
  record MarkRunning() implements Action {}

  /** Owner: make that host the standby. */
  record Pair(String host, long incarnation) implements Action {}

  /** Owner: go on without the standby; {@code backOff} keeps it from being tried again at once. */
  record DropStandby(String reason, boolean backOff) implements Action {}

  /** Owner: the standby left by itself; end the checkpoints. */
  record Unprotect() implements Action {}

  /** Owner: a takeover is possible from now on, say so. */
  record MarkSynced() implements Action {}

  /** Owner: move the guest to that host; {@code operation} is null where nobody asked for it. */
  record HandOver(Operation operation, String to, long incarnation) implements Action {}

  /** Owner: a handoff came to nothing, take the intent back. */
  record RevertHandoff() implements Action {}

  /**
   * Owner: begin to move the memory of the guest.
   *
   * @param operation that needs it, null where nobody asked
   */
  record MoveMemory(Operation operation, MemoryPlacement to) implements Action {}

  /** Owner: say in the operation how far the move is. */
  record ReportMove(Operation operation, String howFar) implements Action {}

  /** Owner: give up a move of the memory, unless it is too late. */
  record CancelMove() implements Action {}

  /**
   * Owner: a move of the memory ended; say in the placement where it is.
   *
   * @param operation that needed it, null where nobody asked
   * @param calledOff it was to come to nothing, which is no fault
   */
  record FinishMove(Operation operation, boolean calledOff) implements Action {}

  /** End an operation, as it says itself, without touching the guest. */
  record EndOperation(Operation ended) implements Action {}

  /** Owner: the guest's process died; ask the standby to take over. */
  record RequestFailover(String reason) implements Action {}

  /** Owner: the guest cannot go on; say why and leave nothing behind. */
  record Fail(String reason) implements Action {}

  /** Owner: stop the guest; {@code byGuest} when it shut itself down. */
  record Stop(String reason, boolean byGuest) implements Action {}

  /** The guest is not this host's any more: kill it at once. */
  record StepDown(String reason) implements Action {
    @Override
    public boolean preempts() {
      return true;
    }
  }

  /** Standby: follow the owner's log. */
  record BecomeStandby() implements Action {}

  /** Let go of what this host holds as a standby; the placement needs no change. */
  record LeaveStandby(String reason) implements Action {}

  /** Standby: say in the placement that this host follows no longer, and let go. */
  record ResignStandby(String reason) implements Action {}

  /** Target of a move: get ready for the guest, over the image it runs on. */
  record Arrive() implements Action {}

  /** Target of a move that came to nothing here: let go, kill what may run. */
  record DropArrival(String reason) implements Action {}

  /** Target of a move: the guest arrived and runs here; say so and protect it. */
  record FinishHandover() implements Action {}

  /** Target of a move: the guest died as it began to run here; leave it to the last commit. */
  record LoseArrival(String reason) implements Action {}

  /** Standby: have a run of the owner's host switched off; others look at the outcome. */
  record Fence(String host, long incarnation) implements Action {}

  /**
   * Standby: depose the owner and resume the guest here.
   *
   * @param evidence what else the decision saw, for the record: the owner's session, and what was
   *     ruled out
   */
  record TakeOver(String cause, Map<String, String> evidence) implements Action {
    @Override
    public boolean preempts() {
      return true;
    }
  }

  /** Owner and standby are gone: resume the guest here from shadow and log in the region. */
  record Revive(String cause) implements Action {}

  /** The placement names this host already, the guest does not run here yet: resume it. */
  record FinishTakeover() implements Action {}

  /**
   * Source of a move whose target is gone before it said so: resume the guest here.
   *
   * @param shadow from the last commit, since the target may have written to the live image
   */
  record TakeBack(String cause, boolean shadow) implements Action {}

  /** The owner is gone and nobody wants the guest to run: say that it is stopped. */
  record MarkStopped(String reason) implements Action {}

  /** Delete files and znodes of a removed guest. */
  record Purge() implements Action {}
}
