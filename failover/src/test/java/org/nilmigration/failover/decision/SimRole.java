package org.nilmigration.failover.decision;

import org.nilmigration.failover.placement.Handoff;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;
import org.nilmigration.migration.hypervisor.GuestExit;

/** What a simulated host has of the guest, and what its effects make of it. */
final class SimRole {
  private static final long WRITTEN_WITHIN_MILLIS = 1_000;

  private final SimWorld world;
  private final SimHost host;
  private LocalRole role = new LocalRole.None();
  private SimVm vm;
  private SimRegion.Log log;
  private SimRegion.Image shadow;
  private SimRegion.State shadowState;
  private SimRegion.State releasedState;
  private SimRegion.Area releasedArea;
  private SimArrival arrival;
  private SimDeparture departure;
  private long arrivedAt = -1;

  SimRole(SimWorld world, SimHost host) {
    this.world = world;
    this.host = host;
  }

  LocalRole role() {
    return role;
  }

  Arriving arriving() {
    return arrival == null ? null : arrival.arriving();
  }

  boolean departs() {
    return departure != null;
  }

  /** The host died: nothing of it is left. */
  void lost() {
    letGo();
    dropArrival();
  }

  private void letGo() {
    if (vm != null) {
      vm.kill();
    }
    vm = null;
    log = null;
    shadow = null;
    shadowState = null;
    releasedArea = null;
    departure = null;
    role = new LocalRole.None();
  }

  private void dropArrival() {
    if (arrival != null) {
      boolean unused = arrival.cancel();
      arrival.vm.kill();
    }
    arrival = null;
    arrivedAt = -1;
  }

  void guestExits(GuestExit exit) {
    if (role instanceof LocalRole.Owner o && o.exit() == null) {
      vm.kill();
      role = new LocalRole.Owner(o.generation(), o.pairing(), o.synced(), false, "eof", exit);
    }
  }

  void tick() {
    if (vm != null) {
      vm.tick(world);
    }
    if (arrival != null) {
      arrival.vm.tick(world);
    }
  }

  /** What protector, replica, departure and arrival do by themselves. */
  void work() {
    if (role instanceof LocalRole.Owner o && log != null && o.exit() == null && vm.running) {
      commit(o);
    }
    if (role instanceof LocalRole.Standby s && world.random.nextInt(2) == 0) {
      apply(s);
    }
    if (departure != null) {
      depart();
    }
    if (releasedArea != null && world.random.nextInt(8) == 0) {
      releasedArea.written = true;
    }
    if (arrival != null) {
      arrival.step();
    }
  }

  /** One epoch; then the look at the taken word, and only then the output. */
  private void commit(LocalRole.Owner o) {
    boolean synced = o.synced() || (log.applied != null && log.applied.equals(log.committed));
    if (world.random.nextInt(3) != 0 && synced == o.synced()) {
      return;
    }
    vm.held |= synced;
    log.committed = vm.state();
    if (!log.taken && vm.held) {
      world.sent(vm.generation, vm.state());
    }
    role = new LocalRole.Owner(o.generation(), o.pairing(), synced, log.taken, null, null);
  }

  private void apply(LocalRole.Standby s) {
    if (log.committed == null || log.committed.equals(log.applied)) {
      return;
    }
    shadow.content = log.committed;
    shadowState = log.committed;
    log.applied = log.committed;
    role = new LocalRole.Standby(s.generation(), s.pairing(), true, null);
  }

  private void depart() {
    LocalRole.Owner o = (LocalRole.Owner) role;
    SimDeparture.End end = departure.step(o.exit() != null);
    switch (end) {
      case UNDER_WAY -> {}
      case ABORTED -> {
        departure = null;
        host.write(host.decidedOn().withState(PlacementState.RUNNING, null));
      }
      case DEPOSED -> {
        departure = null;
        role = new LocalRole.Owner(o.generation(), o.pairing(), o.synced(), true, null, o.exit());
      }
      case RELEASED -> {
        releasedArea = departure.words();
        releasedState = releasedArea.state;
        shadowState = log == null ? null : log.committed;
        vm.kill();
        vm = null;
        log = null;
        departure = null;
        role = new LocalRole.Released(o.generation(), shadowState != null);
      }
    }
  }

  /** Carries out an action that was decided on {@code p}. */
  void apply(Action action, Placement p) {
    switch (action) {
      case Action.StepDown a -> {
        host.lostIt();
        letGo();
      }
      case Action.LeaveStandby a -> letGo();
      case Action.DropArrival a -> dropArrival();
      case Action.Unprotect a -> unpair();
      case Action.EndOperation a -> world.operation = null;
      case Action.Start a -> boot(p == null ? 1 : p.generation() + 1);
      case Action.ColdStart a -> {
        world.coldStarts++;
        boot(p.generation() + 1);
      }
      case Action.MarkRunning a -> host.write(p.withState(PlacementState.RUNNING, null));
      case Action.Pair a -> pair(a, p);
      case Action.DropStandby a -> {
        if (p.standby() != null && host.write(p.withoutStandby(a.reason()))) {
          unpair();
        }
      }
      case Action.MarkSynced a -> {
        if (p.standby() != null) {
          host.write(p.withSynced());
        }
      }
      case Action.RequestFailover a -> host.write(p.withState(PlacementState.FAILOVER, a.reason()));
      case Action.Fail a -> {
        letGo();
        host.write(p.ended(PlacementState.FAILED, a.reason()));
      }
      case Action.BecomeStandby a -> becomeStandby(p);
      case Action.ResignStandby a -> {
        letGo();
        if (p.standbyIs(host.name, host.incarnation)) {
          host.write(p.withoutStandby(a.reason()));
        }
      }
      case Action.TakeOver a -> takeOver(p);
      case Action.FinishTakeover a -> finishTakeover(p);
      case Action.HandOver a -> handOver(a, p);
      case Action.RevertHandoff a -> host.write(p.withState(PlacementState.RUNNING, null));
      case Action.Arrive a -> {
        String area = p.handoff().area();
        arrival = new SimArrival(world, p.generation(), area, world.region.image(p.liveImage()));
      }
      case Action.FinishHandover a -> finishHandover(a, p);
      case Action.LoseArrival a ->
          host.write(
              p.isProtected()
                  ? p.withState(PlacementState.FAILOVER, a.reason())
                  : p.ended(PlacementState.FAILED, a.reason()));
      case Action.TakeBack a -> takeBack(a, p);
      default -> throw new AssertionError("the simulation knows no " + action);
    }
  }

  private void boot(long generation) {
    String image = "live" + generation;
    Placement next = Placement.starting(host.name, host.incarnation, generation, image);
    if (host.write(next)) {
      letGo();
      world.region.reclaimLogs();
      vm = SimVm.boot(world.region.image(image), generation, world.newLife());
      world.continues(vm, generation);
      role = new LocalRole.Owner(generation, -1, false, false, null, null);
      host.write(next.withState(PlacementState.RUNNING, null));
    }
  }

  private void pair(Action.Pair a, Placement p) {
    String names = p.generation() + "-" + (p.pairing() + 1);
    if (p.ownedBy(host.name, host.incarnation)
        && p.standby() == null
        && host.write(p.pairedWith(a.host(), a.incarnation(), "shadow" + names, "log" + names))) {
      log = world.region.log("log" + names);
      role = new LocalRole.Owner(p.generation(), p.pairing() + 1, false, false, null, null);
    }
  }

  private void unpair() {
    if (role instanceof LocalRole.Owner o) {
      log = null;
      vm.held = false;
      role = new LocalRole.Owner(o.generation(), -1, false, false, null, o.exit());
    }
  }

  private void becomeStandby(Placement p) {
    if (!p.standbyIs(host.name, host.incarnation)) {
      return;
    }
    SimRegion.State state = shadowState;
    SimRegion.Log next = world.region.log(p.log());
    boolean synced = p.synced();
    if (synced && (state == null || next.committed == null || role instanceof LocalRole.None)) {
      letGo();
      host.write(p.withoutStandby("nothing kept"));
      return;
    }
    letGo();
    log = next;
    shadow = world.region.image(p.shadowImage());
    shadowState = synced ? state : null;
    role = new LocalRole.Standby(p.generation(), p.pairing(), synced, null);
  }

  private void takeOver(Placement p) {
    if (p.standbyIs(host.name, host.incarnation) && (arrival == null || !arrival.cancel())) {
      dropArrival();
      if (host.write(p.takenOver())) {
        host.tookOver(p);
      }
    }
  }

  private void finishTakeover(Placement p) {
    if (role instanceof LocalRole.Standby s && p.ownedBy(host.name, host.incarnation)) {
      log.taken = true;
      apply(s);
      SimRegion.Image image = shadow;
      SimRegion.State state = shadowState;
      resume(image, state, p.generation());
      world.takeovers++;
    }
  }

  private void resume(SimRegion.Image image, SimRegion.State state, long generation) {
    letGo();
    vm = new SimVm(image, generation);
    vm.restore(state);
    world.continues(vm, generation);
    vm.held = false;
    vm.running = true;
    role = new LocalRole.Owner(generation, -1, false, false, null, null);
  }

  private void handOver(Action.HandOver a, Placement p) {
    if (!(role instanceof LocalRole.Owner)) {
      return;
    }
    String area = "area" + host.decidedVersion();
    Handoff intent = new Handoff(a.to(), a.incarnation(), area);
    world.operation = null;
    if (host.write(p.withHandoff(intent))) {
      departure = new SimDeparture(world, vm, log, world.region.area(area));
    }
  }

  private void finishHandover(Action.FinishHandover a, Placement p) {
    if (arrival == null || !arrival.runs()) {
      return;
    }
    arrivedAt = arrivedAt < 0 ? world.nowMillis : arrivedAt;
    boolean mine = p.ownedBy(host.name, host.incarnation);
    boolean written = arrival.words().written;
    boolean late = world.nowMillis - arrivedAt > WRITTEN_WITHIN_MILLIS;
    if (!mine && p.isProtected() && !written && !late) {
      host.again(a);
      return;
    }
    Placement next = p;
    if (!mine) {
      String names = (p.generation() + 1) + "-" + (p.pairing() + 1);
      boolean follows = p.isProtected() && written;
      if (follows) {
        SimRegion.Log ahead = world.region.log("log" + names);
        ahead.committed = lastCommit(p);
        ahead.applied = ahead.committed;
      }
      letGo();
      next = follows ? p.handedOver("log" + names) : p.handedOver();
      if (!host.write(next)) {
        return;
      }
    }
    own(next);
  }

  private SimRegion.State lastCommit(Placement p) {
    return world.region.log(p.log()).committed;
  }

  private void own(Placement p) {
    SimVm arrived = arrival.vm;
    letGo();
    arrival = null;
    arrivedAt = -1;
    vm = arrived;
    world.continues(vm, p.generation());
    world.switchovers++;
    boolean follows = p.standby() != null;
    vm.held = follows;
    log = follows ? world.region.log(p.log()) : null;
    role =
        new LocalRole.Owner(p.generation(), follows ? p.pairing() : -1, follows, false, null, null);
  }

  private void takeBack(Action.TakeBack a, Placement p) {
    if (!(role instanceof LocalRole.Released released)) {
      return;
    }
    Placement next = p;
    boolean written = p.generation() > released.generation();
    if (!written) {
      if (!a.shadow() && !releasedArea.revoke()) {
        return;
      }
      next = p.takenBack(a.shadow() ? p.shadowImage() : p.liveImage());
      written = host.write(next);
    }
    if (written) {
      boolean fromShadow = next.liveImage().startsWith("shadow") && a.shadow();
      SimRegion.State state = fromShadow ? shadowState : releasedState;
      resume(world.region.image(next.liveImage()), state, next.generation());
      world.takenBack++;
    }
  }
}
