package org.nilmigration.failover.decision;

import org.nilmigration.failover.cluster.Desired;
import org.nilmigration.failover.cluster.Operation;
import org.nilmigration.failover.cluster.OperationPhase;
import org.nilmigration.failover.placement.Handoff;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;

/** What each action does, step by step. */
final class SimEffects extends SimSteps {
  private static final long LOG_WITHIN_MILLIS = 1_000;

  private final SimRole mine;
  private SimRegion.State following;

  SimEffects(SimWorld world, SimHost host, SimRole mine) {
    super(world, host);
    this.mine = mine;
  }

  @Override
  void plan(Action action) {
    switch (action) {
      case Action.StepDown a ->
          once(
              "step down",
              () -> {
                host.lostIt();
                mine.letGo();
              });
      case Action.LeaveStandby a -> once("leave", mine::letGo);
      case Action.DropArrival a -> once("drop arrival", mine::dropArrival);
      case Action.Unprotect a -> once("unprotect", mine::unpair);
      case Action.EndOperation a -> once("end operation", () -> ends(a.ended()));
      case Action.Start a -> boot(false);
      case Action.ColdStart a -> boot(true);
      case Action.Adopt a -> adopt();
      case Action.MarkRunning a -> state(PlacementState.RUNNING, null);
      case Action.Pair a -> pair(a);
      case Action.DropStandby a -> {
        write("drop standby", () -> placement().withoutStandby(a.reason()));
        once("unpair", mine::unpair);
      }
      case Action.MarkSynced a -> write("synced", () -> placement().withSynced());
      case Action.RequestFailover a -> state(PlacementState.FAILOVER, a.reason());
      case Action.Fail a -> {
        once("fail: kill", mine::letGo);
        end(PlacementState.FAILED, a.reason());
      }
      case Action.Stop a -> stop(a);
      case Action.MarkStopped a -> end(PlacementState.STOPPED, a.reason());
      case Action.BecomeStandby a -> then("follow", this::follow);
      case Action.ResignStandby a -> once("resign: let go", mine::letGo);
      case Action.TakeOver a -> takeOver();
      case Action.FinishTakeover a -> resume();
      case Action.HandOver a -> handOver(a);
      case Action.RevertHandoff a -> state(PlacementState.RUNNING, null);
      case Action.Arrive a -> once("arrive", this::arrive);
      case Action.FinishHandover a -> finishHandover();
      case Action.LoseArrival a -> {
        boolean rescue = placement().isProtected();
        if (rescue) {
          state(PlacementState.FAILOVER, a.reason());
        } else {
          end(PlacementState.FAILED, a.reason());
        }
      }
      case Action.Revive a -> revive();
      case Action.TakeBack a -> takeBack(a);
      default -> throw new AssertionError("the simulation knows no " + action);
    }
    if (action instanceof Action.BecomeStandby || action instanceof Action.ResignStandby) {
      write("resign", () -> placement().withoutStandby("resigned"));
    }
  }

  /** Waits a while for the owner's log; one that does not come is a reason to resign. */
  private Then follow() {
    boolean waits = !world.region.hasLog(placement().log()) && begunWithin(LOG_WITHIN_MILLIS);
    if (waits) {
      return Then.AGAIN;
    }
    return world.region.hasLog(placement().log()) && mine.follows(placement())
        ? Then.END
        : Then.NEXT;
  }

  private void state(PlacementState next, String note) {
    write("say " + next, () -> placement().withState(next, note));
  }

  private void end(PlacementState next, String note) {
    write("say " + next, () -> placement().ended(next, note));
  }

  private void ends(Operation ended) {
    if (host.reaches() && world.zookeeper.view().operation() != null) {
      world.zookeeper.operation(null);
      world.note("operation", ended.state() + ": " + ended.detail());
    }
  }

  private void boot(boolean cold) {
    if (placement() == null || placement().state() != PlacementState.STARTING || cold) {
      long generation = placement() == null ? 1 : placement().generation() + 1;
      write(
          "boot: placement",
          () -> Placement.starting(host.name, host.incarnation, generation, "live" + generation));
    }
    once(
        "boot: reclaim",
        () -> {
          if (world.flaw != SimFlaw.BOOTS_BESIDE_OLD_LOGS) {
            world.region.reclaimLogsBut(null);
          }
        });
    once(
        "boot: process",
        () -> {
          long generation = placement().generation();
          SimRegion.Image image = world.region.createImage(placement().liveImage());
          mine.reign(SimVm.boot(host, image, generation, world.checks.newLife()), generation);
          world.coldStarts += cold ? 1 : 0;
        });
    state(PlacementState.RUNNING, null);
  }

  private void pair(Action.Pair a) {
    String names = placement().generation() + "-" + (placement().pairing() + 1);
    once("pair: reclaim", () -> world.region.reclaimLogsBut(placement().log()));
    write(
        "pair: placement",
        () -> placement().pairedWith(a.host(), a.incarnation(), "shadow" + names, "log" + names));
    once(
        "pair: protect",
        () -> {
          mine.protects(world.region.createLog(placement().log()), placement(), false);
        });
  }

  private void stop(Action.Stop a) {
    once("stop: kill", mine::letGo);
    if (a.byGuest()) {
      once("stop: not wanted", () -> world.zookeeper.desired(Desired.STOPPED));
    }
    end(PlacementState.STOPPED, a.reason());
  }

  private void takeOver() {
    Placement before = placement();
    then(
        "takeover: call off arrival",
        () -> {
          boolean late = mine.arrival() != null && mine.arrival().cancel();
          if (!late) {
            mine.dropArrival();
          }
          return late ? Then.END : Then.NEXT;
        });
    write("takeover: placement", () -> placement().takenOver());
    once("takeover: brakes", () -> host.tookOver(before));
    resume();
  }

  private void resume() {
    once("takeover: taken word", mine::take);
    once(
        "takeover: last commit",
        () -> {
          if (world.flaw != SimFlaw.FORGETS_LAST_COMMIT) {
            mine.applyLast();
          }
        });
    once("takeover: restore", () -> mine.restore(placement()));
    once(
        "takeover: run",
        () -> {
          mine.resume();
          world.takeovers++;
        });
  }

  private void handOver(Action.HandOver a) {
    if (a.operation() != null) {
      then(
          "handover: operation",
          () -> {
            if (!host.reaches()) {
              return Then.END;
            }
            world.zookeeper.operation(a.operation().running(OperationPhase.HANDOFF));
            return Then.NEXT;
          });
    }
    write(
        "handover: intent",
        () -> placement().withHandoff(new Handoff(a.to(), a.incarnation(), "area" + version())));
    once("handover: area", () -> mine.departs(placement()));
  }

  private void arrive() {
    String area = placement().handoff().area();
    mine.arrives(
        new SimArrival(
            world,
            host,
            placement().generation(),
            area,
            world.region.image(placement().liveImage())));
  }

  private void finishHandover() {
    if (!placement().ownedBy(host.name, host.incarnation)) {
      then(
          "arrival: pages",
          () -> {
            boolean waits = placement().isProtected() && mine.arrival().pages().isEmpty();
            return waits ? Then.AGAIN : Then.NEXT;
          });
      once(
          "arrival: log",
          () -> {
            if (follows()) {
              mine.arrival().prepareLog(nextLog());
            }
          });
      once("arrival: let go of the replica", mine::letGo);
      write(
          "arrival: outcome",
          () -> follows() ? placement().handedOver(nextLog()) : placement().handedOver());
    }
    once("arrival: own", this::own);
    Operation operation = world.zookeeper.view().operation();
    if (operation != null && host.name.equals(operation.to())) {
      once(
          "arrival: operation",
          () -> ends(operation.done("guest web runs on host " + host.name, operation.timings())));
    }
  }

  private boolean follows() {
    return placement().isProtected() && mine.arrival().pages().orElse(false);
  }

  private String nextLog() {
    return "log" + (placement().generation() + 1) + "-" + (placement().pairing() + 1);
  }

  private void own() {
    SimArrival arrival = mine.arrival();
    mine.arrives(null);
    mine.reign(arrival.vm, placement().generation());
    if (placement().standby() != null) {
      mine.protects(arrival.log(), placement(), true);
    }
    world.switchovers++;
  }

  private void revive() {
    Placement before = placement();
    write(
        "revive: placement",
        () ->
            placement()
                .revived(host.name, host.incarnation, "live" + (placement().generation() + 1)));
    once("revive: taken word", () -> world.region.log(before.log()).taken = true);
    once("revive: recover", () -> mine.revive(world.region.log(before.log()), placement()));
    once(
        "revive: run",
        () -> {
          mine.resume();
          world.revivals++;
        });
  }

  private void adopt() {
    boolean mineAlready = placement().ownedBy(host.name, host.incarnation);
    then("adopt: process", this::settles);
    if (!mineAlready) {
      then("adopt: applied", this::applied);
      once("adopt: log", this::logOfAdopted);
      write(
          "adopt: placement",
          () ->
              following == null
                  ? placement().adopted(host.incarnation)
                  : placement().adopted(host.incarnation, nextLog()));
    }
    once(
        "adopt: own",
        () -> {
          mine.adopt(placement());
          if (placement().standby() != null) {
            mine.protects(world.region.log(placement().log()), placement(), true);
          }
          world.adoptions++;
        });
  }

  private Then settles() {
    following = null;
    if (mine.left() == null || mine.left().image != world.region.image(placement().liveImage())) {
      mine.letGo();
      return Then.END;
    }
    if (placement().handoff() != null) {
      boolean unused = world.region.area(placement().handoff().area()).revoke();
    }
    mine.left().held = placement().isProtected() && world.flaw != SimFlaw.ADOPTS_TALKING;
    mine.left().running = true;
    return Then.NEXT;
  }

  private Then applied() {
    if (!placement().isProtected()) {
      return Then.NEXT;
    }
    SimRegion.Log log = world.region.log(placement().log());
    boolean applied = log.committed != null && log.committed.equals(log.applied);
    if (applied) {
      following = log.committed;
      return Then.NEXT;
    }
    return begunWithin(LOG_WITHIN_MILLIS) ? Then.AGAIN : Then.NEXT;
  }

  private void logOfAdopted() {
    if (following != null && !world.region.hasLog(nextLog())) {
      SimRegion.Log unused = world.region.createLog(nextLog(), host.name, following);
    }
  }

  private void takeBack(Action.TakeBack a) {
    if (!(mine.role() instanceof LocalRole.Released released)) {
      return;
    }
    if (placement().generation() == released.generation()) {
      then(
          "take back: word",
          () -> {
            boolean may =
                a.shadow()
                    || world.flaw == SimFlaw.RESUMES_WITHOUT_WORD
                    || mine.releasedArea().revoke();
            return may ? Then.NEXT : Then.END;
          });
      write(
          "take back: placement",
          () ->
              placement()
                  .takenBack(a.shadow() ? placement().shadowImage() : placement().liveImage()));
    }
    once("take back: restore", () -> mine.restoreReleased(placement()));
    once(
        "take back: run",
        () -> {
          mine.resume();
          world.takenBack++;
        });
  }
}
