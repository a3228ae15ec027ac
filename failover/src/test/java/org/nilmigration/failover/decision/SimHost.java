package org.nilmigration.failover.decision;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.nilmigration.failover.cluster.Desired;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;
import org.nilmigration.heartbeat.Liveness;
import org.nilmigration.heartbeat.RegionVerdict;
import org.nilmigration.migration.hypervisor.GuestExit;

/** One simulated host: the real decision function, and effects that take a random while. */
final class SimHost {
  private static final long NO_MEMORY = -1;

  private final SimWorld world;
  final String name;
  long incarnation = 1;
  boolean up = true;
  boolean hung;
  boolean cut;
  LocalRole role = new LocalRole.None();
  String lastWhy = "";
  private long memory;
  private long sessionUntil;
  private long sessionIncarnation;
  private long lastBeat;
  private long stalledUntil;
  private Placement view;
  private int viewVersion = -1;
  private long orphanedSince = -1;
  private Action doing;
  private long doneAt;
  private Placement decidedOn;
  private int decidedVersion;

  SimHost(SimWorld world, String name) {
    this.world = world;
    this.name = name;
  }

  void crash() {
    up = false;
    hung = false;
    doing = null;
    role = new LocalRole.None();
  }

  void restart() {
    up = true;
    cut = false;
    incarnation++;
    orphanedSince = -1;
  }

  void hang(boolean value) {
    if (hung && !value) {
      stalledUntil = world.nowMillis + SimWorld.SUSPECT_AFTER_MILLIS;
    }
    hung = value;
  }

  void crashGuest() {
    if (role instanceof LocalRole.Owner o) {
      GuestExit exit = new GuestExit(1, GuestExit.Cause.CRASHED, "");
      role = new LocalRole.Owner(o.generation(), o.pairing(), o.synced(), false, "eof", exit);
    }
  }

  private boolean reaches() {
    return !cut && world.zookeeper;
  }

  boolean registered() {
    return sessionUntil > world.nowMillis;
  }

  /** Beats and session, before anybody looks. */
  void live() {
    if (up && !hung) {
      lastBeat = world.nowMillis;
      if (reaches()) {
        sessionUntil = world.nowMillis + SimWorld.SESSION_MILLIS;
        sessionIncarnation = incarnation;
        if (world.random.nextInt(4) == 0) {
          view = world.placement;
          viewVersion = world.version;
        }
      }
    }
  }

  void step() {
    if (!up || hung) {
      return;
    }
    work();
    if (doing != null && world.nowMillis >= doneAt) {
      Action done = doing;
      doing = null;
      apply(done);
    }
    Decision decision = Decisions.decide(facts());
    lastWhy = decision.why();
    Action action = decision.action();
    boolean free = doing == null || (action.preempts() && !doing.preempts());
    if (!(action instanceof Action.Wait) && free) {
      doing = action;
      decidedOn = view;
      decidedVersion = viewVersion;
      doneAt = world.nowMillis + 10 + world.random.nextInt(120);
    }
  }

  /** What protector and replica do by themselves: look at the taken word, sync. */
  private void work() {
    if (role instanceof LocalRole.Owner o && o.pairing() >= 0) {
      boolean deposed = world.taken.contains(SimWorld.pairing(o.generation(), o.pairing()));
      boolean synced = o.synced() || (o.exit() == null && standbySynced(o));
      role =
          new LocalRole.Owner(
              o.generation(), o.pairing(), synced, deposed, o.protectorFault(), o.exit());
    }
    if (role instanceof LocalRole.Standby s && !s.synced() && world.random.nextInt(20) == 0) {
      SimHost owner = ownerOf(s);
      if (owner != null) {
        memory = owner.memory;
        role =
            new LocalRole.Standby(
                s.generation(), s.pairing(), true, s.expecting(), s.handedOver(), s.fault());
      }
    }
  }

  private boolean standbySynced(LocalRole.Owner o) {
    return world.hosts.values().stream()
        .anyMatch(h ->
            h.up
                && h.role instanceof LocalRole.Standby s
                && s.synced()
                && s.generation() == o.generation()
                && s.pairing() == o.pairing());
  }

  private SimHost ownerOf(LocalRole.Standby s) {
    return world.hosts.values().stream()
        .filter(h ->
            h.up
                && !h.hung
                && h.role instanceof LocalRole.Owner o
                && o.exit() == null
                && o.generation() == s.generation()
                && o.pairing() == s.pairing())
        .findFirst()
        .orElse(null);
  }

  private GuestFacts facts() {
    boolean stalled = world.nowMillis < stalledUntil;
    Map<String, Peer> peers = new HashMap<>();
    for (SimHost other : world.hosts.values()) {
      if (other != this && other.sessionIncarnation > 0) {
        peers.put(other.name, peer(other, stalled));
      }
    }
    boolean orphan =
        view != null
            && view.state().live()
            && view.owner().equals(name)
            && view.ownerIncarnation() != incarnation;
    orphanedSince =
        orphan ? (orphanedSince < 0 || world.paused ? world.nowMillis : orphanedSince) : -1;
    Duration orphanedFor =
        orphan ? Duration.ofMillis(world.nowMillis - orphanedSince) : Duration.ZERO;
    Self self = new Self(name, incarnation, reaches(), stalled, leads(), Self.Leaving.NO);
    return new GuestFacts(
        "web",
        Desired.RUNNING,
        null,
        view,
        self,
        role,
        peers,
        world.operation,
        orphanedFor,
        world.orders());
  }

  private Peer peer(SimHost other, boolean stalled) {
    long age = world.nowMillis - other.lastBeat;
    boolean silent =
        age > SimWorld.SUSPECT_AFTER_MILLIS || other.incarnation != other.sessionIncarnation;
    Liveness liveness = silent ? Liveness.DEAD : Liveness.ALIVE;
    RegionVerdict verdict =
        new RegionVerdict(
            stalled ? Liveness.UNKNOWN : liveness, age, 0, 0, other.sessionIncarnation, "sim");
    return new Peer(other.name, other.sessionIncarnation, other.registered(), true, verdict, false);
  }

  private boolean leads() {
    return world.hosts.values().stream()
        .filter(SimHost::registered)
        .findFirst()
        .filter(h -> h == this)
        .isPresent();
  }

  private boolean write(Placement next) {
    boolean written = reaches() && world.write(decidedVersion, next);
    if (written) {
      decidedOn = world.placement;
      decidedVersion = world.version;
    }
    if (reaches()) {
      view = world.placement;
      viewVersion = world.version;
    }
    return written;
  }

  private void apply(Action action) {
    switch (action) {
      case Action.StepDown a -> role = new LocalRole.None();
      case Action.LeaveStandby a -> role = new LocalRole.None();
      case Action.Unprotect a -> unpair();
      case Action.EndOperation a -> world.operation = null;
      default -> {
        if (reaches() && (decidedOn != null || action instanceof Action.Start)) {
          applyAgreed(action, decidedOn);
        }
      }
    }
  }

  private void applyAgreed(Action action, Placement p) {
    switch (action) {
      case Action.Start a -> boot(p == null ? 1 : p.generation() + 1);
      case Action.ColdStart a -> {
        world.coldStarts++;
        boot(p.generation() + 1);
      }
      case Action.MarkRunning a -> write(p.withState(PlacementState.RUNNING, null));
      case Action.Pair a -> pair(a, p);
      case Action.DropStandby a -> {
        if (p.standby() != null && write(p.withoutStandby(a.reason()))) {
          unpair();
        }
      }
      case Action.MarkSynced a -> {
        if (p.standby() != null) {
          write(p.withSynced());
        }
      }
      case Action.RequestFailover a -> {
        if (p.standby() != null) {
          write(p.withState(PlacementState.FAILOVER, a.reason()));
        }
      }
      case Action.Fail a -> {
        role = new LocalRole.None();
        write(p.ended(PlacementState.FAILED, a.reason()));
      }
      case Action.BecomeStandby a -> becomeStandby(p);
      case Action.ResignStandby a -> {
        role = new LocalRole.None();
        if (p.standbyIs(name, incarnation)) {
          write(p.withoutStandby(a.reason()));
        }
      }
      case Action.TakeOver a -> {
        if (p.standbyIs(name, incarnation)) {
          write(p.takenOver());
        }
      }
      case Action.FinishTakeover a -> finishTakeover(p);
      case Action.HandOver a -> handOver(p);
      case Action.RevertHandoff a -> write(p.withState(PlacementState.RUNNING, null));
      case Action.ExpectHandoff a -> expect();
      case Action.FinishHandover a -> finishHandover(p);
      case Action.TakeBack a -> takeBack(p);
      default -> throw new AssertionError("the simulation knows no " + action);
    }
  }

  private void boot(long generation) {
    Placement next = Placement.starting(name, incarnation, generation, "live" + generation);
    if (write(next)) {
      memory = world.newMemory(generation);
      role = new LocalRole.Owner(generation, -1, false, false, null, null);
      write(next.withState(PlacementState.RUNNING, null));
    }
  }

  private void pair(Action.Pair a, Placement p) {
    if (p.ownedBy(name, incarnation)
        && p.standby() == null
        && write(p.pairedWith(a.host(), a.incarnation(), "shadow", "log"))) {
      role = new LocalRole.Owner(p.generation(), decidedOn.pairing(), false, false, null, null);
    }
  }

  private void unpair() {
    if (role instanceof LocalRole.Owner o) {
      role = new LocalRole.Owner(o.generation(), -1, false, false, null, o.exit());
    }
  }

  private void becomeStandby(Placement p) {
    if (p.standbyIs(name, incarnation)) {
      boolean kept = p.synced() && role instanceof LocalRole.Released;
      memory = kept ? memory : NO_MEMORY;
      role = new LocalRole.Standby(p.generation(), p.pairing(), kept, false, false, null);
    }
  }

  private void finishTakeover(Placement p) {
    if (role instanceof LocalRole.Standby s && p.ownedBy(name, incarnation)) {
      world.taken.add(SimWorld.pairing(s.generation(), s.pairing()));
      world.continues(p.generation(), memory);
      world.takeovers++;
      role = new LocalRole.Owner(p.generation(), -1, false, false, null, null);
    }
  }

  /** Intent, and then the words: the target lets itself be found ready, or the source gives up. */
  private void handOver(Placement p) {
    if (p.state() != PlacementState.HANDOFF) {
      if (write(p.withState(PlacementState.HANDOFF, null))) {
        doing = new Action.HandOver(world.operation);
        doneAt = world.nowMillis + 400;
      }
      return;
    }
    SimHost target = world.host(p.standby()).orElseThrow();
    boolean ready =
        target.up
            && !target.hung
            && target.role instanceof LocalRole.Standby s
            && s.expecting()
            && s.generation() == p.generation()
            && s.pairing() == p.pairing();
    world.operation = null;
    if (ready && role instanceof LocalRole.Owner o && o.exit() == null && !o.deposed()) {
      target.memory = memory;
      target.role = new LocalRole.Standby(p.generation(), p.pairing(), true, true, true, null);
      role = new LocalRole.Released(p.generation());
    } else {
      write(p.withState(PlacementState.RUNNING, null));
    }
  }

  private void expect() {
    if (role instanceof LocalRole.Standby s) {
      role =
          new LocalRole.Standby(
              s.generation(), s.pairing(), s.synced(), true, s.handedOver(), s.fault());
    }
  }

  private void finishHandover(Placement p) {
    Placement next = p.ownedBy(name, incarnation) ? p : p.handedOver("next");
    if (p.ownedBy(name, incarnation) || write(next)) {
      world.continues(next.generation(), memory);
      world.switchovers++;
      role = new LocalRole.Owner(next.generation(), next.pairing(), true, false, null, null);
    }
  }

  private void takeBack(Placement p) {
    Placement next =
        new Placement(
            name,
            incarnation,
            null,
            0,
            p.generation() + 1,
            p.pairing(),
            PlacementState.RUNNING,
            p.liveImage(),
            null,
            null,
            false,
            null);
    if (role instanceof LocalRole.Released && write(next)) {
      world.continues(next.generation(), memory);
      role = new LocalRole.Owner(next.generation(), -1, false, false, null, null);
    }
  }
}
