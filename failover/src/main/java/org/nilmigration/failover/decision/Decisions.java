package org.nilmigration.failover.decision;

import static org.nilmigration.failover.decision.Decision.act;
import static org.nilmigration.failover.decision.Decision.alarm;
import static org.nilmigration.failover.decision.Decision.rest;

import java.time.Duration;
import java.util.Optional;
import org.nilmigration.config.FaultKind;
import org.nilmigration.failover.cluster.Desired;
import org.nilmigration.failover.cluster.Operation;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;
import org.nilmigration.heartbeat.Liveness;

/**
 * The decision function. Invariants it keeps:
 *
 * <ul>
 *   <li>without ZooKeeper nothing changes owner, and a running guest keeps running;
 *   <li>a guest that the placement gives to somebody else is killed here, first of all;
 *   <li>who may go on from the live image of a planned move, the words in its area say; who reigns,
 *       the placement says;
 *   <li>an owner whose beats live is never deposed, whatever its session does;
 *   <li>while HA is paused, no takeover and no new standby, and no boot that would lose what a
 *       standby holds;
 *   <li>a cordoned host gets nothing new;
 *   <li>what is not known (own stall, beats never seen) counts as alive.
 * </ul>
 */
public final class Decisions {
  /** How long a restarted owner waits for a standby that may no longer be there. */
  static final Duration ORPHAN_GRACE = Duration.ofSeconds(5);

  /** How long it waits for one that is there and could take over. */
  static final Duration ORPHAN_GRACE_WITH_STANDBY = Duration.ofSeconds(30);

  private Decisions() {}

  /** What to do now. */
  public static Decision decide(GuestFacts f) {
    if (f.local() instanceof LocalRole.Owner owner && owner.deposed()) {
      return act(
          new Action.StepDown("the standby took the guest over"),
          "the standby's taken word says that it took the guest over: kill it here");
    }
    if (!f.self().zookeeper()) {
      return withoutZooKeeper(f);
    }
    Optional<Decision> arrival = ArrivalRules.settle(f);
    if (arrival.isPresent()) {
      return arrival.get();
    }
    Placement p = f.placement();
    Optional<Decision> orphan = orphanOperation(f);
    if (orphan.isPresent()) {
      return orphan.get();
    }
    if (p == null || !p.state().live()) {
      return notPlaced(f);
    }
    if (p.ownedBy(f.me(), f.self().incarnation())) {
      return OwnerRules.decide(f);
    }
    if (runsHere(f) && !orphanOfThisHost(f)) {
      String why =
          "placement names host " + p.owner() + " with generation " + p.generation() + " as owner";
      return act(new Action.StepDown(why), why + ": kill the guest here");
    }
    if (p.owner().equals(f.me())) {
      return orphaned(f);
    }
    if (p.standbyIs(f.me(), f.self().incarnation())) {
      return StandbyRules.decide(f);
    }
    if (p.handsTo(f.me(), f.self().incarnation())) {
      return ArrivalRules.decide(f);
    }
    if (f.local() instanceof LocalRole.Standby || f.local() instanceof LocalRole.Released) {
      String why = "placement does not name this host as standby any more";
      return act(new Action.LeaveStandby(why), why + ": let go");
    }
    return bystander(f);
  }

  private static boolean runsHere(GuestFacts f) {
    return f.local() instanceof LocalRole.Owner || f.local() instanceof LocalRole.Left;
  }

  /** Its process outlived the run of this host that the placement names. */
  private static boolean orphanOfThisHost(GuestFacts f) {
    return f.local() instanceof LocalRole.Left left
        && f.placement().owner().equals(f.me())
        && f.placement().generation() == left.generation()
        && mayGoOn(f);
  }

  /** A source that dies before it lets go of the guest never will: its target has nothing. */
  private static boolean mayGoOn(GuestFacts f) {
    return switch (f.placement().state()) {
      case RUNNING -> true;
      case HANDOFF -> f.words() != null && !f.words().released();
      default -> false;
    };
  }

  /** Whether this host stands for election of the guest. */
  public static boolean candidate(GuestFacts f) {
    if (f.leaving() || f.desired() == Desired.REMOVED) {
      return false;
    }
    Placement p = f.placement();
    if (p == null || p.state() == PlacementState.STOPPED) {
      return f.wanted() && f.mayStart();
    }
    return p.ownedBy(f.me(), f.self().incarnation()) || p.standbyIs(f.me(), f.self().incarnation());
  }

  /**
   * Whether the handoff under way here need not wait for its target any longer: that died, or the
   * move was called off. Too late once the guest was let go of.
   */
  public static boolean givesUp(GuestFacts f) {
    boolean calledOff =
        f.calledOff() != null && f.operation() != null && f.operation().handingOver();
    return calledOff || targetLost(f);
  }

  private static boolean targetLost(GuestFacts f) {
    Placement p = f.placement();
    return p != null
        && p.handoff() != null
        && !f.self().stalled()
        && p.ownedBy(f.me(), f.self().incarnation())
        && f.judge(p.handoff().to(), p.handoff().toIncarnation()) == Liveness.DEAD;
  }

  private static Decision withoutZooKeeper(GuestFacts f) {
    if (runsHere(f)) {
      return alarm("ZooKeeper is away: the guest runs on, ownership stays as it is");
    }
    Placement p = f.placement();
    if (f.local() instanceof LocalRole.Standby
        && p != null
        && f.judge(p.owner(), p.ownerIncarnation()) == Liveness.DEAD) {
      return alarm(
          "the beats of owner " + p.owner() + " stopped but ZooKeeper is away: no takeover");
    }
    return rest("ZooKeeper is away: nothing to decide");
  }

  /** An operation on a guest that nobody has ends here, for all hosts. */
  private static Optional<Decision> orphanOperation(GuestFacts f) {
    Operation operation = f.operation();
    Placement p = f.placement();
    boolean held = !(f.local() instanceof LocalRole.None) || f.arriving() != null;
    if (operation == null || held || f.leaving() || !f.firstAlive()) {
      return Optional.empty();
    }
    boolean placed = p != null && p.state().live();
    boolean down = placed && f.gone(p.owner(), p.ownerIncarnation()) && nobodyGoesOn(f, p);
    if (placed && !down) {
      return Optional.empty();
    }
    String found = placed ? "down with its host " + p.owner() : "not running";
    String sentence =
        "guest %s: found it %s, expected it to run; start it, then ask again"
            .formatted(f.vm(), found);
    return Optional.of(
        act(
            new Action.EndOperation(operation.failed(sentence, FaultKind.UNAVAILABLE.exitCode())),
            sentence));
  }

  private static boolean nobodyGoesOn(GuestFacts f, Placement p) {
    boolean standby = p.isProtected() && !standbyGone(f, p);
    boolean target =
        p.handoff() != null
            && (f.me().equals(p.handoff().to())
                || f.judge(p.handoff().to(), p.handoff().toIncarnation()) != Liveness.DEAD);
    return !standby && !target;
  }

  /** An earlier run of this host is gone as well, with all that it held. */
  private static boolean standbyGone(GuestFacts f, Placement p) {
    if (f.me().equals(p.standby())) {
      return p.standbyIncarnation() != f.self().incarnation();
    }
    return p.standby() == null || f.judge(p.standby(), p.standbyIncarnation()) == Liveness.DEAD;
  }

  private static Decision notPlaced(GuestFacts f) {
    String state = f.placement() == null ? "not started" : f.placement().state().name();
    if (runsHere(f)) {
      String why = "placement says " + state;
      return act(new Action.StepDown(why), why + ": kill the guest here");
    }
    if (!(f.local() instanceof LocalRole.None)) {
      String why = "placement says " + state;
      return act(new Action.LeaveStandby(why), why + ": let go");
    }
    if (f.desired() == Desired.REMOVED) {
      return f.firstAlive() && !f.leaving()
          ? act(new Action.Purge(), "removed and stopped: delete its files and its record")
          : rest("removed: another host deletes it");
    }
    if (!f.wanted()) {
      return rest("not wanted to run");
    }
    if (f.placement() != null && f.placement().state() == PlacementState.FAILED) {
      return alarm("failed (" + f.placement().note() + "): waits for a person to start it again");
    }
    if (f.cordoned()) {
      return cordoned(f);
    }
    if (!candidate(f)) {
      return rest("wanted to run: left to host " + f.preferredHost());
    }
    return f.self().leads()
        ? act(new Action.Start(), "wanted to run and elected: start it here")
        : rest("wanted to run: waits for the outcome of its election");
  }

  private static Decision cordoned(GuestFacts f) {
    boolean other =
        f.peers().values().stream()
            .anyMatch(peer -> peer.alive() && !f.orders().cordoned().contains(peer.host()));
    return other
        ? rest("wanted to run: this host is cordoned, left to another")
        : alarm(
            "wanted to run, but every host that is there is cordoned: free one with 'nilctl host"
                + " uncordon'");
  }

  private static Decision orphaned(GuestFacts f) {
    Placement p = f.placement();
    if (f.local() instanceof LocalRole.Left) {
      return left(f);
    }
    if (!f.wanted()) {
      String why = "its owner, an earlier run of this host, is gone";
      return act(
          new Action.MarkStopped(why), why + " and it is not wanted: say that it is stopped");
    }
    if (f.leaving()) {
      return rest("this host leaves");
    }
    boolean standbyThere =
        p.isProtected()
            && f.registered(p.standby(), p.standbyIncarnation())
            && f.judge(p.standby(), p.standbyIncarnation()) != Liveness.DEAD;
    if (standbyThere && f.orders().paused()) {
      return alarm(
          "owned by an earlier run of this host: down until its standby "
              + p.standby()
              + " may take over, for "
              + f.orders().pause());
    }
    if (ReviveRules.holds(f) && f.gone(p.standby(), p.standbyIncarnation())) {
      return ReviveRules.decide(f, "an earlier run of this host");
    }
    boolean targetThere =
        p.handoff() != null
            && f.judge(p.handoff().to(), p.handoff().toIncarnation()) != Liveness.DEAD;
    Duration grace = standbyThere || targetThere ? ORPHAN_GRACE_WITH_STANDBY : ORPHAN_GRACE;
    String heir = p.handoff() == null ? "standby " + p.standby() : "target " + p.handoff().to();
    if ((p.standby() != null || targetThere) && f.orphanedFor().compareTo(grace) < 0) {
      return rest(
          "owned by an earlier run of this host: its "
              + heir
              + " has "
              + grace.toSeconds()
              + " s to take over");
    }
    return act(
        new Action.ColdStart(),
        "owned by an earlier run of this host and nobody took over: boot it anew, its memory is"
            + " lost");
  }

  private static Decision left(GuestFacts f) {
    if (!f.wanted()) {
      String why = "not wanted to run any more";
      return act(new Action.StepDown(why), why + ": kill what an earlier run of this host left");
    }
    return f.leaving()
        ? rest("its process outlived an earlier run of this host: left to the next one")
        : act(
            new Action.Adopt(), "its process outlived an earlier run of this host: go on with it");
  }

  private static Decision bystander(GuestFacts f) {
    Placement p = f.placement();
    boolean ownerGone = f.gone(p.owner(), p.ownerIncarnation());
    if (!ownerGone) {
      return rest("runs on host " + p.owner());
    }
    boolean standbyGone = standbyGone(f, p);
    if (standbyGone && !f.wanted() && f.firstAlive() && !f.leaving()) {
      String why = "owner " + p.owner() + " is gone";
      return act(
          new Action.MarkStopped(why), why + " and it is not wanted: say that it is stopped");
    }
    if (standbyGone && f.firstAlive() && ReviveRules.may(f)) {
      return StandbyRules.fence(f).orElseGet(() -> ReviveRules.decide(f, "owner " + p.owner()));
    }
    return standbyGone
        ? alarm(down(p))
        : rest("owner " + p.owner() + " is gone: left to standby " + p.standby());
  }

  static String down(Placement p) {
    return "owner "
        + p.owner()
        + " is gone and no synced standby holds the guest: it is down until that host returns, or"
        + " until it is stopped and started by a person";
  }
}
