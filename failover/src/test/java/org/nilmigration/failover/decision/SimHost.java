package org.nilmigration.failover.decision;

import java.time.Duration;
import org.nilmigration.config.TakeoverConfig;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;
import org.nilmigration.migration.hypervisor.GuestExit;

/** One simulated host: the real decision function and detector, the agent's loop around them. */
final class SimHost {
  private static final long TICK_MILLIS = 50;
  private static final long STALL_MILLIS = TICK_MILLIS + SimWorld.SUSPECT_AFTER_MILLIS / 2;
  private static final int LOST_ONCE_IN = 10;

  private final SimWorld world;
  private final SimRole mine;
  private final SimEffects effects;
  private final SimRegion.Beats beats;
  final String name;
  long incarnation = 1;
  boolean up = true;
  boolean cut;
  boolean beatless;
  Self.Leaving leaving = Self.Leaving.NO;
  String lastWhy = "";
  private boolean hung;
  private boolean daemonDead;
  private long clockAheadMillis;
  private long watchLagsUntil;
  private SimPeers peers;
  private SimZooKeeper.View view;
  private boolean connected;
  private long fedAt;
  private boolean woken = true;
  private long lookedAt;
  private long nextLookAt;
  private long orphanedSince = -1;
  private TakeoverBrakes brakes;

  SimHost(SimWorld world, String name) {
    this.world = world;
    this.name = name;
    this.mine = new SimRole(world, this);
    this.effects = new SimEffects(world, this, mine);
    this.beats = world.region.beats(name);
    begin();
  }

  private void begin() {
    up = true;
    hung = false;
    daemonDead = false;
    cut = false;
    beatless = false;
    leaving = Self.Leaving.NO;
    lastWhy = "";
    view = world.zookeeper.view();
    peers = new SimPeers(world.region, name);
    orphanedSince = -1;
    lookedAt = millis();
    nextLookAt = 0;
    watchLagsUntil = 0;
    brakes = new TakeoverBrakes(TakeoverConfig.DEFAULT, nanos());
    beats.incarnation = incarnation;
    beats.counter = 0;
    beats.leaseNanos = 0;
  }

  LocalRole role() {
    return mine.role();
  }

  SimRole holdings() {
    return mine;
  }

  void crash() {
    up = false;
    daemonDead = false;
    effects.drop();
    mine.lost();
    world.region.hostDied(name, world.luck);
  }

  /** Its guest runs on; a daemon that was told to end says so before. */
  void daemonDies(long leaseMillis) {
    if (!up) {
      return;
    }
    up = false;
    daemonDead = true;
    effects.drop();
    mine.daemonDied();
    if (leaseMillis > 0) {
      beats.counter++;
      beats.leaseNanos = leaseMillis * 1_000_000;
    }
  }

  void restart() {
    incarnation++;
    begin();
    mine.found();
  }

  void hang(boolean value) {
    hung = value;
  }

  boolean hung() {
    return hung;
  }

  /** Its clock is ahead all at once, as after the whole machine was suspended. */
  void clockJumps(long millis) {
    clockAheadMillis += millis;
  }

  void watchLags(long millis) {
    watchLagsUntil = world.nowMillis + millis;
  }

  void crashGuest() {
    mine.guestExits(new GuestExit(1, GuestExit.Cause.CRASHED, ""));
    wake();
  }

  void wake() {
    woken = true;
  }

  boolean reaches() {
    return up && !cut && world.zookeeper.up();
  }

  /** This host's own clock. */
  long millis() {
    return world.nowMillis + clockAheadMillis;
  }

  private long nanos() {
    return millis() * 1_000_000;
  }

  /** Beats, session and watch, before anybody looks. */
  void live() {
    if (!up || hung) {
      return;
    }
    if (!beatless) {
      beats.counter++;
    }
    if (reaches() && leaving != Self.Leaving.STANDBYS) {
      boolean registered = world.zookeeper.renew(name, incarnation, world.nowMillis);
      if (registered) {
        world.zookeeper.keeps(name, mine.left() != null);
      } else if (world.luck.goesOn(10)) {
        world.zookeeper.register(name, incarnation, mine.left() != null, world.nowMillis);
      }
    }
    if (connected != reaches()) {
      connected = reaches();
      wake();
    }
    if (connected && world.nowMillis >= watchLagsUntil && world.luck.goesOn(2)) {
      see();
    }
  }

  private void see() {
    SimZooKeeper.View now = world.zookeeper.view();
    if (!now.equals(view)) {
      view = now;
      wake();
    }
  }

  /** Processes run on when the daemon hangs. */
  void tick() {
    if (up && !hung && !beatless) {
      fedAt = world.nowMillis;
    }
    boolean reset = world.watchdogMillis > 0 && world.nowMillis - fedAt > world.watchdogMillis;
    if ((up || daemonDead) && reset) {
      world.note(name, "its watchdog resets it");
      crash();
    }
    if (up || daemonDead) {
      mine.tick();
    }
  }

  void step() {
    if (!up || hung) {
      return;
    }
    mine.work();
    if (up && peers.look(nanos())) {
      wake();
    }
    if (up) {
      effects.step();
    }
    if (up && (woken || world.nowMillis >= nextLookAt)) {
      look();
    }
  }

  /** As GuestAgent.look. */
  private void look() {
    woken = false;
    boolean stalled = millis() - lookedAt > STALL_MILLIS;
    lookedAt = millis();
    nextLookAt = world.nowMillis + (stalled ? TICK_MILLIS / 5 : TICK_MILLIS);
    GuestFacts facts = facts(stalled);
    if (mine.departs() && Decisions.givesUp(facts)) {
      mine.abandonMove();
    }
    Decision decision = Decisions.decide(facts);
    boolean busy = effects.busy() || mine.departs();
    if (busy && !decision.action().preempts()) {
      return;
    }
    if (!decision.why().equals(lastWhy)) {
      lastWhy = decision.why();
      world.note(name, decision.alarm() ? "WARN " + lastWhy : lastWhy);
    }
    if (!(decision.action() instanceof Action.Wait)) {
      effects.begin(decision.action(), view);
    }
  }

  private GuestFacts facts(boolean stalled) {
    Placement p = view.placement();
    view.sessions().forEach(peers::expect);
    if (p != null && p.state().live()) {
      peers.expect(p.owner(), p.ownerIncarnation());
      if (p.standby() != null) {
        peers.expect(p.standby(), p.standbyIncarnation());
      }
      if (p.handoff() != null) {
        peers.expect(p.handoff().to(), p.handoff().toIncarnation());
      }
    }
    brakes.confirm(
        run -> Long.valueOf(run.incarnation()).equals(view.sessions().get(run.host())), nanos());
    boolean leads = connected && name.equals(view.leader());
    return new GuestFacts(
        "web",
        view.desired(),
        null,
        1,
        p,
        words(p),
        new Self(name, incarnation, connected, stalled, leads, leaving),
        mine.role(),
        mine.arriving(),
        peers.seen(view.sessions(), view.keep()),
        view.operation(),
        view.calledOff(),
        orphanedFor(p),
        p == null ? null : brakes.holds("web", owner(p), nanos()),
        fence(p),
        view.orders());
  }

  private Duration orphanedFor(Placement p) {
    boolean orphan =
        p != null
            && p.state().live()
            && p.owner().equals(name)
            && p.ownerIncarnation() != incarnation;
    if (orphan && (orphanedSince < 0 || view.orders().paused())) {
      orphanedSince = millis();
    }
    orphanedSince = orphan ? orphanedSince : -1;
    return orphan ? Duration.ofMillis(millis() - orphanedSince) : Duration.ZERO;
  }

  private FenceFacts fence(Placement p) {
    if (p == null || !view.immediate()) {
      return FenceFacts.NOT_REQUIRED;
    }
    boolean off = view.fenced().getOrDefault(p.owner(), 0L) >= p.ownerIncarnation();
    Duration resetAfter =
        world.watchdogMillis == 0 ? null : Duration.ofMillis(world.watchdogMillis * 5 / 2);
    return new FenceFacts(true, off ? "ops" : null, false, null, resetAfter);
  }

  private Words words(Placement p) {
    if (p == null || p.handoff() == null) {
      return null;
    }
    SimRegion.Area area = world.region.area(p.handoff().area());
    return new Words(area.source, area.target);
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

  /** A versioned write; false too when it did not get through, or its answer did not. */
  boolean write(int version, Placement next) {
    boolean lost = world.storming && world.luck.fails(LOST_ONCE_IN);
    boolean arrives = reaches() && !(lost && world.luck.fails(2));
    if (!arrives || !world.zookeeper.write(version, next)) {
      return false;
    }
    world.note("placement", next.toString());
    if (!lost) {
      see();
    }
    return !lost;
  }
}
