package org.nilmigration.failover.decision;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.nilmigration.config.TakeoverConfig;
import org.nilmigration.failover.cluster.Desired;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;
import org.nilmigration.heartbeat.Liveness;
import org.nilmigration.heartbeat.RegionVerdict;
import org.nilmigration.migration.hypervisor.GuestExit;

/** One simulated host: the real decision function, and effects that take a random while. */
final class SimHost {
  private final SimWorld world;
  private final SimRole mine;
  final String name;
  long incarnation = 1;
  boolean up = true;
  boolean hung;
  boolean cut;
  String lastWhy = "";
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
  private TakeoverBrakes brakes;

  SimHost(SimWorld world, String name) {
    this.world = world;
    this.name = name;
    this.mine = new SimRole(world, this);
    this.brakes = new TakeoverBrakes(TakeoverConfig.DEFAULT, nanos());
  }

  LocalRole role() {
    return mine.role();
  }

  SimRole holdings() {
    return mine;
  }

  void crash() {
    world.note("host " + name + " crashes");
    up = false;
    hung = false;
    doing = null;
    mine.lost();
  }

  void restart() {
    world.note("host " + name + " starts again");
    up = true;
    cut = false;
    incarnation++;
    orphanedSince = -1;
    brakes = new TakeoverBrakes(TakeoverConfig.DEFAULT, nanos());
  }

  void hang(boolean value) {
    world.note("host " + name + (value ? " hangs" : " goes on"));
    if (hung && !value) {
      stalledUntil = world.nowMillis + SimWorld.SUSPECT_AFTER_MILLIS;
    }
    hung = value;
  }

  void crashGuest() {
    mine.guestExits(new GuestExit(1, GuestExit.Cause.CRASHED, ""));
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
          look();
        }
      }
    }
  }

  /** Processes run on when the daemon hangs. */
  void tick() {
    if (up) {
      mine.tick();
    }
  }

  void step() {
    if (!up || hung) {
      return;
    }
    mine.work();
    if (doing != null && world.nowMillis >= doneAt) {
      Action done = doing;
      doing = null;
      if (reaches() || !needsZooKeeper(done)) {
        mine.apply(done, decidedOn);
      }
    }
    Decision decision = Decisions.decide(facts());
    if (!decision.why().equals(lastWhy)) {
      world.note("host " + name + " " + mine.role() + ": " + decision.why());
    }
    lastWhy = decision.why();
    Action action = decision.action();
    boolean free = doing == null ? !mine.departs() || action.preempts() : preempts(action);
    if (!(action instanceof Action.Wait) && free) {
      doing = action;
      decidedOn = view;
      decidedVersion = viewVersion;
      doneAt = world.nowMillis + 10 + world.random.nextInt(120);
    }
  }

  private boolean preempts(Action action) {
    return action.preempts() && !doing.preempts();
  }

  private static boolean needsZooKeeper(Action action) {
    return !(action instanceof Action.StepDown
        || action instanceof Action.LeaveStandby
        || action instanceof Action.DropArrival
        || action instanceof Action.Unprotect);
  }

  private long nanos() {
    return world.nowMillis * 1_000_000;
  }

  private static TakeoverBrakes.Run owner(Placement p) {
    return new TakeoverBrakes.Run(p.owner(), p.ownerIncarnation());
  }

  /** Another host has it. */
  void lostIt() {
    brakes.takenOver("web", nanos());
  }

  void tookOver(Placement before) {
    brakes.takenOver("web", nanos());
    if (before.state() != PlacementState.FAILOVER) {
      brakes.deposed(owner(before), nanos());
    }
  }

  private boolean isRegistered(TakeoverBrakes.Run run) {
    return world
        .host(run.host())
        .filter(other -> other.registered() && other.sessionIncarnation == run.incarnation())
        .isPresent();
  }

  private GuestFacts facts() {
    brakes.confirm(this::isRegistered, nanos());
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
        1,
        view,
        words(),
        self,
        mine.role(),
        mine.arriving(),
        peers,
        world.operation,
        null,
        orphanedFor,
        view == null ? null : brakes.holds("web", owner(view), nanos()),
        FenceFacts.NOT_REQUIRED,
        world.orders());
  }

  private Words words() {
    if (view == null || view.handoff() == null) {
      return null;
    }
    SimRegion.Area area = world.region.area(view.handoff().area());
    return new Words(area.source, area.target);
  }

  private Peer peer(SimHost other, boolean stalled) {
    Liveness liveness = other.silent() ? Liveness.DEAD : Liveness.ALIVE;
    RegionVerdict verdict =
        new RegionVerdict(
            stalled ? Liveness.UNKNOWN : liveness,
            world.nowMillis - other.lastBeat,
            0,
            0,
            other.sessionIncarnation,
            "sim");
    return new Peer(
        other.name,
        other.sessionIncarnation,
        other.registered(),
        false,
        null,
        verdict,
        false,
        0,
        0);
  }

  boolean silent() {
    return world.nowMillis - lastBeat > SimWorld.SUSPECT_AFTER_MILLIS
        || incarnation != sessionIncarnation;
  }

  private boolean leads() {
    return world.hosts.values().stream()
        .filter(SimHost::registered)
        .findFirst()
        .filter(h -> h == this)
        .isPresent();
  }

  /** Replaces the placement that the effect under way was decided on. */
  boolean write(Placement next) {
    boolean written = reaches() && world.write(decidedVersion, next);
    if (written) {
      decidedOn = world.placement;
      decidedVersion = world.version;
    }
    if (reaches()) {
      look();
    }
    return written;
  }

  Placement decidedOn() {
    return decidedOn;
  }

  int decidedVersion() {
    return decidedVersion;
  }

  private void look() {
    view = world.placement;
    viewVersion = world.version;
  }

  /** The effect under way needs another round. */
  void again(Action action) {
    doing = action;
    doneAt = world.nowMillis + SimWorld.STEP_MILLIS;
  }
}
