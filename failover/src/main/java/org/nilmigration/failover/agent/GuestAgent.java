package org.nilmigration.failover.agent;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.nilmigration.config.FaultException;
import org.nilmigration.failover.decision.Action;
import org.nilmigration.failover.decision.Decision;
import org.nilmigration.failover.decision.Decisions;
import org.nilmigration.failover.decision.GuestFacts;
import org.nilmigration.failover.decision.Self;
import org.nilmigration.failover.election.GuestLatch;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.Versioned;
import org.nilmigration.migration.protect.ProtectorStatus;
import org.nilmigration.migration.protect.ReplicaStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One guest at this host: gathers the facts, has them decided, starts the effect. {@link #look} is
 * called by the decision thread only and does not block; {@link #status} by any thread.
 */
final class GuestAgent {
  private static final Logger LOG = LoggerFactory.getLogger(GuestAgent.class);
  private static final Duration RETRY_FIRST = Duration.ofMillis(100);
  private static final Duration RETRY_MAX = Duration.ofSeconds(5);

  private final GuestSite site;
  private final EffectRunner runner;
  private final OwnerEffects owner;
  private final StandbyEffects standby;
  private final TakeoverEffects takeover;
  private final HandoverEffects handover;
  private final ArrivalEffects arrival;
  private final TakeBackEffects takeBack;
  private final MemoryEffects memory;
  private final EndEffects ends;
  private final AdoptEffects adoption;
  private final ReviveEffects revival;
  private final Backoff retries = new Backoff(RETRY_FIRST, RETRY_MAX);
  private final Observer observer;
  private GuestLatch latch;
  private HostLoads.Choice chosen;
  private boolean owned;
  private String refused;
  private volatile String lastDecision = "nothing decided yet";
  private volatile String doing = "idle";
  private volatile boolean handing;
  private boolean pairsAnew;

  GuestAgent(String vm, HostContext host) {
    this.site = new GuestSite(vm, host);
    this.runner = new EffectRunner(vm, host.wake());
    this.owner = new OwnerEffects(site);
    this.standby = new StandbyEffects(site);
    this.takeover = new TakeoverEffects(site);
    this.handover = new HandoverEffects(site);
    this.arrival = new ArrivalEffects(site);
    this.takeBack = new TakeBackEffects(site, takeover);
    this.observer = new Observer(site);
    this.memory = new MemoryEffects(site);
    this.ends = new EndEffects(site);
    this.adoption = new AdoptEffects(site);
    this.revival = new ReviveEffects(site, owner);
  }

  /** The host's side of the facts, the same for all its guests in one look. */
  record Around(
      boolean zookeeper,
      boolean stalled,
      Self.Leaving leaving,
      Map<String, PeerWatch.Seen> peers,
      HostOrders orders,
      HostLoads loads,
      long nowNanos) {}

  /** Looks once, and starts what is to be done. */
  void look(Around around) {
    boolean busy = runner.busy();
    Optional<Versioned<Placement>> placed = site.host().watch().placement(site.vm());
    GuestFacts facts = observer.facts(around, placed, latch != null && latch.leads());
    stand(facts);
    if (busy && Decisions.givesUp(facts) && site.holding() instanceof OwnerHolding source) {
      source.abandonMove();
    }
    Decision decision = Decisions.decide(facts);
    Action action = decision.action();
    if (busy && !action.preempts()) {
      return;
    }
    say(decision);
    if (decision.alarm() || !owns() || (!busy && isProtected(facts.placement()))) {
      pairsAnew = false;
    }
    remember(decision, facts.placement());
    if (action instanceof Action.Wait) {
      return;
    }
    if (!action.preempts() && retries.pausing(key(action), around.nowNanos())) {
      return;
    }
    if (action instanceof Action.StepDown
        && runner.accepts(true)
        && site.holding() instanceof OwnerHolding held) {
      Thread.startVirtualThread(held.vm()::kill);
    }
    if (action instanceof Action.HandOver) {
      handing = true;
      around.orders().taken(site.host().host());
    }
    if (action instanceof Action.DropStandby) {
      pairsAnew = true;
      around.orders().taken(facts.placement().standby());
    }
    choose(action, facts.memoryBytes(), around.loads());
    runner.start(action.preempts(), () -> perform(action, placed, around.nowNanos()));
  }

  /** Adds what this host chose and no placement shows yet. Decision thread. */
  void load(HostLoads loads) {
    if (chosen != null && runner.busy()) {
      loads.add(chosen);
    }
  }

  private void choose(Action action, long bytes, HostLoads loads) {
    chosen =
        switch (action) {
          case Action.Pair pair -> new HostLoads.Choice(pair.host(), bytes);
          case Action.HandOver move -> new HostLoads.Choice(move.to(), bytes);
          default -> null;
        };
    if (chosen != null) {
      loads.add(chosen);
    }
  }

  /** Joins or leaves the election; a deposed owner stands again from the end of the line. */
  private void stand(GuestFacts facts) {
    if (!facts.self().zookeeper()) {
      return;
    }
    Placement p = facts.placement();
    boolean owns = p != null && p.ownedBy(site.host().host(), site.host().incarnation());
    boolean candidate = Decisions.candidate(facts);
    if (latch != null && (!candidate || (owned && !owns))) {
      Closing.all(latch);
      latch = null;
    }
    owned = owns;
    if (latch == null && candidate) {
      try {
        latch =
            GuestLatch.join(
                site.cluster().curator(), site.vm(), site.host().host(), site.host().wake());
      } catch (FaultException e) {
        LOG.warn("vm={} {}", site.vm(), e.getMessage());
      }
    }
  }

  private void say(Decision decision) {
    if (decision.why().equals(lastDecision)) {
      return;
    }
    lastDecision = decision.why();
    if (decision.alarm()) {
      LOG.warn("vm={} host={} {}", site.vm(), site.host().host(), decision.why());
    } else {
      LOG.info("vm={} host={} {}", site.vm(), site.host().host(), decision.why());
    }
  }

  /** Each episode of a takeover that is not done is in the history once. */
  private void remember(Decision decision, Placement p) {
    if (!decision.refusal()) {
      refused = null;
    } else if (!decision.why().equals(refused)
        && runner.start(false, () -> takeover.refused(p, decision.why()))) {
      refused = decision.why();
    }
  }

  private static String key(Action action) {
    return action.getClass().getSimpleName();
  }

  private void perform(Action action, Optional<Versioned<Placement>> placed, long decidedNanos) {
    String key = key(action);
    doing = key;
    site.begin(placed.orElse(null));
    try {
      run(action, decidedNanos);
      retries.succeeded(key);
    } catch (FaultException e) {
      retries.failed(key, System.nanoTime());
      site.fault(e.getMessage());
      LOG.warn("vm={} {} failed: {}", site.vm(), key, e.getMessage());
    } catch (RuntimeException e) {
      retries.failed(key, System.nanoTime());
      site.fault(key + " failed: " + e);
      LOG.error("vm={} {} failed by a programming error", site.vm(), key, e);
    } finally {
      doing = "idle";
      handing = false;
    }
  }

  private void run(Action action, long decidedNanos) {
    switch (action) {
      case Action.Wait a -> {}
      case Action.Start a -> owner.start();
      case Action.ColdStart a -> owner.coldStart();
      case Action.Adopt a -> adoption.adopt();
      case Action.Leave a -> adoption.leave();
      case Action.MarkRunning a -> owner.markRunning();
      case Action.Pair a -> owner.pair(a);
      case Action.DropStandby a -> owner.dropStandby(a);
      case Action.Unprotect a -> owner.unprotect();
      case Action.MarkSynced a -> owner.markSynced();
      case Action.HandOver a -> handover.handOver(a);
      case Action.RevertHandoff a -> handover.revert();
      case Action.MoveMemory a -> memory.move(a);
      case Action.ReportMove a -> memory.report(a);
      case Action.FinishMove a -> memory.finish(a);
      case Action.CancelMove a -> memory.cancel();
      case Action.EndOperation a -> handover.end(a);
      case Action.RequestFailover a -> owner.requestFailover(a);
      case Action.Fail a -> owner.fail(a.reason());
      case Action.Stop a -> owner.stop(a);
      case Action.StepDown a -> owner.stepDown(a);
      case Action.BecomeStandby a -> standby.become();
      case Action.LeaveStandby a -> standby.leave(a);
      case Action.ResignStandby a -> standby.resign(a);
      case Action.Arrive a -> arrival.arrive();
      case Action.DropArrival a -> arrival.drop(a);
      case Action.FinishHandover a -> arrival.finish();
      case Action.LoseArrival a -> arrival.lose(a);
      case Action.Fence a -> site.host().fencer().begin(a.host(), a.incarnation());
      case Action.TakeOver a -> takeover.takeOver(a, decidedNanos);
      case Action.FinishTakeover a -> takeover.finish();
      case Action.Revive a -> revival.revive(a);
      case Action.TakeBack a -> takeBack.takeBack(a);
      case Action.MarkStopped a -> ends.markStopped(a);
      case Action.Purge a -> ends.purge();
    }
  }

  /** True while this host has anything of the guest, or is at it. Any thread. */
  boolean engaged() {
    boolean holds =
        !(site.holding() instanceof Holding.Nothing) && !(site.holding() instanceof LeftHolding);
    return runner.busy() || site.arrival() != null || holds;
  }

  /** True while this host has anything of the guest, or is named as its standby. Any thread. */
  boolean involved() {
    HostContext host = site.host();
    return engaged()
        || host.watch()
            .placement(site.vm())
            .filter(p -> p.value().standbyIs(host.host(), host.incarnation()))
            .isPresent();
  }

  /** True while the guest is on its way out of here. Any thread. */
  boolean handsOver() {
    return handing || site.holding() instanceof ReleasedHolding;
  }

  private static boolean isProtected(Placement placementOrNull) {
    return placementOrNull != null && placementOrNull.isProtected();
  }

  /**
   * True from the loss of a standby until the next one is synced, or none is to be had. Decision
   * thread.
   */
  boolean pairsAnew() {
    return pairsAnew;
  }

  /** Begins with the guest's process that an earlier run left. Before the first look. */
  void left(LeftGuests.Left found) {
    site.hold(new LeftHolding(site, found.generation(), found.guest()));
  }

  /** True while the guest's process is left to another run of the daemon. Any thread. */
  boolean isLeft() {
    return site.holding() instanceof LeftHolding;
  }

  /** True while this host has the guest itself. Any thread. */
  boolean owns() {
    return site.holding() instanceof OwnerHolding || site.holding() instanceof ReleasedHolding;
  }

  /** A snapshot. Any thread. */
  GuestStatus status() {
    Placement p = site.host().watch().placement(site.vm()).map(Versioned::value).orElse(null);
    Holding holding = site.holding();
    ProtectorStatus protector = holding instanceof OwnerHolding o ? o.status() : null;
    ReplicaStatus replica = holding instanceof StandbyHolding s ? s.status() : null;
    long epoch =
        switch (holding) {
          case OwnerHolding o -> o.lastEpoch();
          case ReleasedHolding r -> r.epoch(false);
          case StandbyHolding s -> replica == null ? 0 : replica.appliedEpoch();
          case LeftHolding l -> 0;
          case Holding.Nothing n -> 0;
        };
    String role =
        switch (holding) {
          case OwnerHolding o -> "OWNER";
          case StandbyHolding s -> "STANDBY";
          case ReleasedHolding r -> "NONE";
          case LeftHolding l -> "NONE";
          case Holding.Nothing n -> "NONE";
        };
    return new GuestStatus(
        site.vm(),
        role,
        phase(p, protector, replica),
        p == null ? 0 : p.generation(),
        p == null ? 0 : p.pairing(),
        p != null && p.isProtected(),
        epoch,
        protector,
        replica,
        site.host().watch().guest(site.vm()).map(w -> w.config().network().output()).orElse(null),
        holding instanceof OwnerHolding o ? o.vm().output().state() : null,
        p == null ? null : p.memory(),
        site.host().watch().pause(site.vm()).orElse(null),
        lastDecision,
        site.fault());
  }

  private String phase(Placement p, ProtectorStatus protector, ReplicaStatus replica) {
    String now = doing;
    if (!now.equals("idle")) {
      return now;
    }
    if (protector != null) {
      return protector.phase().name();
    }
    if (replica != null) {
      return replica.phase().name();
    }
    return p == null ? "NOT_STARTED" : p.state().name();
  }

  /**
   * Leaves the election and lets go of everything, killing what runs. Waits for the effect under
   * way, so that nothing is closed below it. Not the decision thread, which has ended.
   */
  void close(Duration within) {
    Closing.all(latch);
    long until = System.nanoTime() + within.toNanos();
    while (!runner.start(true, this::letGo) && System.nanoTime() - until < 0) {
      Pause.millis(10);
    }
    while (runner.busy() && System.nanoTime() - until < 0) {
      Pause.millis(10);
    }
    observer.close();
  }

  private void letGo() {
    site.dropArrival();
    if (!isLeft()) {
      site.release();
    }
  }
}
