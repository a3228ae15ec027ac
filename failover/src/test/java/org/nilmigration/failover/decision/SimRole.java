package org.nilmigration.failover.decision;

import org.nilmigration.failover.placement.Placement;
import org.nilmigration.migration.hypervisor.GuestExit;

/** What a simulated host has of the guest, and what that does by itself. */
final class SimRole {
  /** What the protector does next for the epoch under way. */
  private enum Epoch {
    CAPTURE,
    FLUSH,
    COMMIT,
    SEND
  }

  private final SimWorld world;
  private final SimHost host;
  private LocalRole role = new LocalRole.None();
  private SimVm vm;
  private SimRegion.Log log;
  private SimRegion.Image shadow;
  private SimRegion.State shadowState;
  private SimRegion.State releasedState;
  private SimRegion.Area releasedArea;
  private String liveImage;
  private SimArrival arrival;
  private SimDeparture departure;
  private Epoch epoch = Epoch.CAPTURE;
  private boolean deposedBefore;
  private boolean recovering;
  private SimVm loaded;
  private SimVm left;
  private SimVm stray;

  SimRole(SimWorld world, SimHost host) {
    this.world = world;
    this.host = host;
  }

  LocalRole role() {
    return role;
  }

  SimVm vm() {
    return vm;
  }

  SimArrival arrival() {
    return arrival;
  }

  SimRegion.Area releasedArea() {
    return releasedArea;
  }

  Arriving arriving() {
    return arrival == null ? null : arrival.arriving();
  }

  boolean departs() {
    return departure != null;
  }

  void abandonMove() {
    departure.abandon();
  }

  /** The host died: nothing of it is left. */
  void lost() {
    letGo();
    if (arrival != null) {
      arrival.vm.kill();
    }
    arrival = null;
    killStray();
  }

  /** Its daemon died: a guest that it owned runs on, and so may one that came here. */
  void daemonDied() {
    boolean owned = role instanceof LocalRole.Owner o && o.exit() == null;
    SimVm runs = owned ? vm : left;
    vm = null;
    left = null;
    letGo();
    left = runs;
    stray = arrival == null ? stray : arrival.vm;
    arrival = null;
  }

  /** The next run of the daemon: what it cannot go on with is killed. */
  void found() {
    killStray();
    if (left != null) {
      become(new LocalRole.Left(left.generation));
    }
  }

  private void killStray() {
    if (stray != null) {
      stray.kill();
    }
    stray = null;
  }

  SimVm left() {
    return left;
  }

  /** The guest that was left goes on here. */
  void adopt(Placement p) {
    SimVm next = left;
    left = null;
    next.incarnation = host.incarnation;
    reign(next, p.generation());
  }

  void letGo() {
    if (left != null) {
      left.kill();
    }
    left = null;
    if (vm != null) {
      vm.kill();
    }
    vm = null;
    log = null;
    shadow = null;
    shadowState = null;
    releasedArea = null;
    departure = null;
    recovering = false;
    become(new LocalRole.None());
  }

  private void become(LocalRole next) {
    if (!next.equals(role)) {
      role = next;
      host.wake();
    }
  }

  void arrives(SimArrival next) {
    arrival = next;
  }

  void dropArrival() {
    if (arrival != null) {
      boolean unused = arrival.cancel();
      arrival.vm.kill();
    }
    arrival = null;
  }

  void guestExits(GuestExit exit) {
    if (role instanceof LocalRole.Owner o && o.exit() == null) {
      vm.kill();
      become(new LocalRole.Owner(o.generation(), o.pairing(), o.synced(), false, "eof", exit));
    }
  }

  void tick() {
    for (SimVm process : new SimVm[] {vm, left, stray}) {
      if (process != null) {
        process.tick(world.checks);
      }
    }
    if (arrival != null) {
      arrival.vm.tick(world.checks);
    }
  }

  /** What protector, replica, departure and arrival do by themselves. */
  void work() {
    if (role instanceof LocalRole.Owner o && log != null && o.exit() == null && vm.running) {
      protect(o);
    }
    if (role instanceof LocalRole.Standby && !recovering && world.luck.goesOn(2)) {
      applyLast();
    }
    if (departure != null && world.luck.goesOn(3)) {
      depart();
    }
    if (releasedArea != null && !releasedArea.written && world.luck.goesOn(8)) {
      releasedArea.written = true;
      host.wake();
    }
    if (arrival != null && arrival.step()) {
      host.wake();
    }
  }

  /** Captured, flushed, committed; then the look at the taken word, and only then the output. */
  private void protect(LocalRole.Owner o) {
    boolean syncs = !o.synced() && log.committed != null && log.committed.equals(log.applied);
    if (epoch != Epoch.CAPTURE || syncs || world.luck.goesOn(3)) {
      if (world.crashesInEpoch(host, epoch)) {
        return;
      }
      switch (epoch) {
        case CAPTURE -> capture(syncs);
        case FLUSH -> {
          if (world.flaw != SimFlaw.COMMITS_UNFLUSHED) {
            log.next.flush();
          }
          epoch = Epoch.COMMIT;
        }
        case COMMIT -> {
          log.commit();
          epoch = Epoch.SEND;
        }
        case SEND -> send(o);
      }
    }
  }

  private void capture(boolean syncs) {
    vm.held |= syncs && world.flaw != SimFlaw.SYNCED_TOO_EARLY;
    log.next.write(host.name, vm.state());
    deposedBefore = log.taken;
    if (vm.held && world.flaw == SimFlaw.SENDS_BEFORE_COMMIT) {
      world.checks.sent(host, vm, log.next.content);
    }
    epoch = Epoch.FLUSH;
  }

  private void send(LocalRole.Owner o) {
    epoch = Epoch.CAPTURE;
    boolean taken = world.flaw == SimFlaw.LOOKS_BEFORE_COMMIT ? deposedBefore : log.taken;
    if (!taken && vm.held) {
      world.checks.sent(host, vm, log.committed);
    }
    boolean synced = vm.held || (world.flaw == SimFlaw.SYNCED_TOO_EARLY && log.applied != null);
    become(new LocalRole.Owner(o.generation(), o.pairing(), synced, taken, null, null));
  }

  /** Brings the shadow to the last commit. */
  void applyLast() {
    LocalRole.Standby s = (LocalRole.Standby) role;
    if (log.committed == null || log.committed.equals(log.applied)) {
      return;
    }
    SimChecks.writes(shadow, null);
    shadowState = log.last();
    shadow.write(host.name, shadowState);
    shadow.flush();
    log.applied = shadowState;
    become(new LocalRole.Standby(s.generation(), s.pairing(), true, null));
  }

  private void depart() {
    LocalRole.Owner o = (LocalRole.Owner) role;
    if (world.crashesBefore(host, "departure " + departure.words().source)) {
      return;
    }
    SimDeparture.End end = departure.step(o.exit() != null, epoch == Epoch.CAPTURE);
    switch (end) {
      case UNDER_WAY -> {}
      case ABORTED -> {
        departure = null;
        host.wake();
      }
      case DEPOSED -> {
        departure = null;
        become(new LocalRole.Owner(o.generation(), o.pairing(), o.synced(), true, null, o.exit()));
      }
      case RELEASED -> {
        releasedArea = departure.words();
        releasedState = releasedArea.state;
        shadowState = log == null ? null : log.committed;
        vm.kill();
        vm = null;
        log = null;
        departure = null;
        become(new LocalRole.Released(o.generation(), shadowState != null));
      }
    }
  }

  void departs(Placement intent) {
    SimRegion.Area area = world.region.area(intent.handoff().area());
    liveImage = intent.liveImage();
    departure = new SimDeparture(world, host, vm, log, area);
  }

  /** The guest goes on here as the owner's, and may be heard. */
  void reign(SimVm next, long generation) {
    letGo();
    vm = next;
    vm.generation = generation;
    vm.running = true;
    vm.held = false;
    epoch = Epoch.CAPTURE;
    become(new LocalRole.Owner(generation, -1, false, false, null, null));
  }

  /** A running guest is protected from here on. */
  void protects(SimRegion.Log next, Placement p, boolean synced) {
    GuestExit exit = ((LocalRole.Owner) role).exit();
    log = next;
    epoch = Epoch.CAPTURE;
    vm.held = synced;
    become(new LocalRole.Owner(p.generation(), p.pairing(), synced, false, null, exit));
  }

  void unpair() {
    if (role instanceof LocalRole.Owner o) {
      log = null;
      vm.held = false;
      become(new LocalRole.Owner(o.generation(), -1, false, false, null, o.exit()));
    }
  }

  /** Follows the log; false when the shadow it needs is not kept here. */
  boolean follows(Placement p) {
    SimRegion.State state = shadowState;
    SimRegion.Log next = world.region.log(p.log());
    boolean nothing = state == null || next.committed == null || role instanceof LocalRole.None;
    letGo();
    if (p.synced() && nothing) {
      return false;
    }
    log = next;
    shadow =
        p.synced()
            ? world.region.image(p.shadowImage())
            : world.region.createImage(p.shadowImage());
    shadowState = p.synced() ? state : null;
    become(new LocalRole.Standby(p.generation(), p.pairing(), p.synced(), null));
    return true;
  }

  /** The word that makes the owner mute; nothing is applied any more but by {@link #applyLast}. */
  void take() {
    recovering = true;
    log.taken |= world.flaw != SimFlaw.TAKES_OVER_SILENTLY;
  }

  /** Loads a process over the shadow, from the state of the last commit. */
  void restore(Placement p) {
    restore(shadow, shadowState, p);
  }

  /** Loads one over what was let go of here: the live image, or the shadow. */
  void restoreReleased(Placement p) {
    boolean live = p.liveImage().equals(liveImage);
    restore(world.region.image(p.liveImage()), live ? releasedState : shadowState, p);
  }

  private void restore(SimRegion.Image image, SimRegion.State state, Placement p) {
    loaded = new SimVm(host, image, p.generation());
    loaded.restore(state);
  }

  /** Loads a process over a copy of the shadow, brought to the last commit. */
  void revive(SimRegion.Log dead, Placement p) {
    SimRegion.State last = dead.last();
    SimRegion.Image copy = world.region.createImage(p.liveImage());
    copy.write(host.name, last);
    copy.flush();
    restore(copy, last, p);
  }

  void resume() {
    reign(loaded, loaded.generation);
  }
}
