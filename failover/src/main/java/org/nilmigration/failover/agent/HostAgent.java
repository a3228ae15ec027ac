package org.nilmigration.failover.agent;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.nilmigration.checkpoint.region.HostSlot;
import org.nilmigration.config.HeartbeatConfig;
import org.nilmigration.config.HostConfig;
import org.nilmigration.config.OnStop;
import org.nilmigration.failover.cluster.ClusterWatch;
import org.nilmigration.failover.cluster.HostRecord;
import org.nilmigration.failover.decision.Self;
import org.nilmigration.failover.decision.TakeoverBrakes;
import org.nilmigration.failover.fencing.Fencer;
import org.nilmigration.failover.fencing.Watchdog;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.heartbeat.BeatLine;
import org.nilmigration.heartbeat.BeatWriter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One host's part: registers, beats, watches, decides, runs guests. Owns the thread {@code
 * decide-HOST}, which looks at every guest whenever something changed, and at least every tick; it
 * never waits for anything but its next wake-up.
 */
public final class HostAgent implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HostAgent.class);
  private static final Duration TICK = Duration.ofMillis(50);
  private static final Duration LEAVE_GUESTS_WITHIN = Duration.ofSeconds(30);
  private static final Duration LEAVE_STANDBYS_WITHIN = Duration.ofSeconds(10);
  private static final Duration LEAVE_WITHOUT_ZOOKEEPER = Duration.ofSeconds(5);
  private static final Duration SETTLED_AFTER = Duration.ofMillis(500);
  private static final Duration DESCRIBE_EVERY = Duration.ofSeconds(1);
  private static final Duration TRIM_EVERY = Duration.ofMinutes(30);
  private static final Duration FENCE_PAUSE = Duration.ofSeconds(10);
  private static final Duration EFFECT_ENDS_WITHIN = Duration.ofSeconds(5);

  private final HostAgentSetup setup;
  private final HostSlot slot;
  private final BeatWriter beats;
  private final BeatLine line;
  private final Watchdog watchdog;
  private final ClusterWatch watch;
  private final PeerWatch peers;
  private final HostContext context;
  private final Thread thread;
  private final EffectRunner registering;
  private final EffectRunner ordering;
  private final BlockingQueue<Boolean> wakeUps = new ArrayBlockingQueue<>(1);
  private final Map<String, GuestAgent> guests = new ConcurrentSkipListMap<>();
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile HostRecord record;
  private volatile Map<String, PeerWatch.Seen> seen = Map.of();
  private volatile Self.Leaving leaving = Self.Leaving.NO;
  private volatile boolean stopping;
  private long trimmedNanos = System.nanoTime();
  private long describedNanos = System.nanoTime();

  private HostAgent(
      HostAgentSetup setup,
      HostRecord record,
      Map<String, LeftGuests.Left> left,
      Watchdog watchdog) {
    this.setup = setup;
    this.watchdog = watchdog;
    this.record = record;
    HostConfig config = setup.config();
    HeartbeatConfig heartbeat = config.heartbeat();
    this.slot = setup.region().claimHost(config.host(), setup.incarnation());
    this.line = new BeatLine(slot.beatLine(), slot::flushBeat);
    this.beats = BeatWriter.start(line, setup.incarnation(), heartbeat.interval());
    this.registering = new EffectRunner("registration", this::wake);
    this.ordering = new EffectRunner("orders", this::wake);
    this.watch = ClusterWatch.start(setup.cluster(), this::wake);
    this.peers =
        new PeerWatch(
            config.host(),
            setup.region(),
            heartbeat.interval(),
            heartbeat.suspectAfter(),
            this::wake);
    this.context =
        new HostContext(
            setup,
            watch,
            peers,
            new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(30)),
            new TakeoverBrakes(config.takeover(), System.nanoTime()),
            new Fencer(
                config.fencing(),
                FENCE_PAUSE,
                new FenceOutcomes(setup.cluster(), config.host()),
                this::wake),
            () -> this.record,
            this::wake);
    left.forEach((name, found) -> {
      GuestAgent guest = new GuestAgent(name, context);
      guest.left(found);
      guests.put(name, guest);
    });
    this.thread =
        Thread.ofPlatform().name("decide-" + config.host()).daemon(true).unstarted(this::run);
  }

  /**
   * Registers the host and begins.
   *
   * @throws org.nilmigration.config.FaultException UNAVAILABLE when another live daemon has the
   *     host's name, or the watchdog cannot be used, NO_QUORUM when ZooKeeper does not answer
   */
  public static HostAgent start(HostAgentSetup setup) {
    HostConfig config = setup.config();
    Map<String, LeftGuests.Left> left = LeftGuests.find(setup);
    HostRecord record = setup.record(List.copyOf(left.keySet()));
    new Registration(
            setup.cluster(),
            setup.region(),
            config.heartbeat().suspectAfter(),
            config.zookeeper().sessionTimeout())
        .register(record);
    HostAgent agent;
    Watchdog watchdog = Watchdog.NONE;
    try {
      setup.cluster().trimJournals();
      watchdog = Watchdog.open(config.watchdog(), config.heartbeat().suspectAfter());
      agent = new HostAgent(setup, record, left, watchdog);
    } catch (RuntimeException e) {
      if (left.isEmpty()) {
        watchdog.close(); // armed for the guests that are left
      }
      setup.cluster().deregister(record.host(), record.incarnation());
      throw e;
    }
    agent.thread.start();
    LOG.info("host={} incarnation={} registered", config.host(), setup.incarnation());
    return agent;
  }

  private void wake() {
    wakeUps.offer(Boolean.TRUE);
  }

  private void run() {
    long tick = TICK.toNanos();
    long stallNanos = tick + setup.config().heartbeat().suspectAfter().toNanos() / 2;
    long last = System.nanoTime();
    boolean stalled = false;
    while (!stopping) {
      try {
        wakeUps.poll(stalled ? tick / 5 : tick, TimeUnit.NANOSECONDS);
        long now = System.nanoTime();
        stalled = now - last > stallNanos;
        last = now;
        look(now, stalled);
        watchdog.feed(line.readAcquire().monotonicNanos(), System.nanoTime());
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        LOG.error("host={} a look failed by a programming error", record.host(), e);
      }
    }
  }

  private void look(long nowNanos, boolean stalled) {
    if (!watch.ready()) {
      return;
    }
    stayRegistered(nowNanos);
    for (HostRecord host : watch.hosts()) {
      peers.expect(host.host(), host.incarnation());
    }
    context.brakes().confirm(this::isRegistered, nowNanos);
    TreeSet<String> names = new TreeSet<>(watch.guests().keySet());
    names.addAll(guests.keySet());
    for (String name : names) {
      watch.placement(name).ifPresent(placed -> expectHostsOf(placed.value()));
    }
    Map<String, PeerWatch.Seen> now = new TreeMap<>(peers.seen(watch.hosts()));
    seen = now;
    HostLoads loads = HostLoads.of(watch);
    guests.values().forEach(guest -> guest.load(loads));
    GuestAgent.Around around =
        new GuestAgent.Around(watch.connected(), stalled, leaving, now, orders(), loads, nowNanos);
    for (String name : names) {
      guests.computeIfAbsent(name, n -> new GuestAgent(n, context)).look(around);
    }
    guests.keySet().removeIf(name -> retired(name));
    endDrains();
  }

  private boolean isRegistered(TakeoverBrakes.Run run) {
    return watch
        .host(run.host())
        .filter(host -> host.incarnation() == run.incarnation())
        .isPresent();
  }

  private HostOrders orders() {
    long onTheirWay = guests.values().stream().filter(GuestAgent::handsOver).count();
    long pairing = guests.values().stream().filter(GuestAgent::pairsAnew).count();
    return HostOrders.of(watch, record.host(), (int) onTheirWay, (int) pairing);
  }

  private void endDrains() {
    if (watch.connected()) {
      HostOrders.emptied(watch, record.host())
          .ifPresent(host -> ordering.start(false, () -> drained(host)));
    }
  }

  /** Waits first: an owner that has not seen the cordon yet could still pair with that host. */
  private void drained(String host) {
    Pause.millis(SETTLED_AFTER.toMillis());
    try {
      setup.cluster().maintenance().drained(host);
    } catch (RuntimeException e) {
      LOG.warn("host={} {}", record.host(), e.getMessage());
    }
  }

  private boolean retired(String name) {
    return !watch.guests().containsKey(name)
        && watch.placement(name).isEmpty()
        && !guests.get(name).engaged();
  }

  private void expectHostsOf(Placement p) {
    if (p.state().live()) {
      peers.expect(p.owner(), p.ownerIncarnation());
      if (p.standby() != null) {
        peers.expect(p.standby(), p.standbyIncarnation());
      }
      if (p.handoff() != null) {
        peers.expect(p.handoff().to(), p.handoff().toIncarnation());
      }
    }
  }

  /** The registration goes with its session; after a long absence of ZooKeeper it is made anew. */
  private void stayRegistered(long nowNanos) {
    boolean there =
        watch.host(record.host()).filter(h -> h.incarnation() == record.incarnation()).isPresent();
    if (!watch.connected() || leaving == Self.Leaving.STANDBYS) {
      return;
    }
    if (!there) {
      registering.start(false, this::registerAgain);
    } else if (nowNanos - trimmedNanos > TRIM_EVERY.toNanos()) {
      trimmedNanos = nowNanos;
      registering.start(false, this::trim);
    } else if (nowNanos - describedNanos > DESCRIBE_EVERY.toNanos()
        || !record.keeps().equals(keeps())) {
      describedNanos = nowNanos;
      registering.start(false, this::describe);
    }
  }

  /** Guests of an earlier run that are not dealt with yet, by name. */
  private List<String> keeps() {
    return guests.entrySet().stream()
        .filter(guest -> guest.getValue().isLeft())
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Bridges come and go while the daemon runs. */
  private void describe() {
    try {
      HostRecord now = record.with(setup.hypervisor().traits(), keeps());
      if (!now.equals(record)) {
        setup.cluster().update(now);
        record = now;
      }
    } catch (RuntimeException e) {
      LOG.warn("host={} {}", record.host(), e.getMessage());
    }
  }

  private void registerAgain() {
    try {
      setup
          .cluster()
          .register(record)
          .ifPresent(holder ->
              LOG.warn(
                  "host={} is registered by incarnation {}: trying again",
                  record.host(),
                  holder.incarnation()));
    } catch (RuntimeException e) {
      LOG.warn("host={} {}", record.host(), e.getMessage());
    }
    Pause.millis(TICK.toMillis());
  }

  private void trim() {
    try {
      setup.cluster().trimJournals();
    } catch (RuntimeException e) {
      LOG.warn("host={} {}", record.host(), e.getMessage());
    }
  }

  /** A snapshot. Any thread. */
  public HostStatus status() {
    List<PeerStatus> others = new ArrayList<>();
    seen.values()
        .forEach(s ->
            others.add(new PeerStatus(s.host(), s.incarnation(), s.registered(), s.verdict())));
    List<GuestStatus> mine = guests.values().stream().map(GuestAgent::status).toList();
    return new HostStatus(
        record.host(),
        record.incarnation(),
        beats.realtime(),
        watch.connected(),
        record.regionUuid(),
        watch.cordon(record.host()).orElse(null),
        watch.pause(null).orElse(null),
        others,
        mine);
  }

  /**
   * Drains the host first, or leaves its guests to the next run, where it is configured so. Hands
   * each guest over to its standby or another host, stops what cannot be handed over, deregisters,
   * gives up its standbys. Each part is bounded in time; what is left then is killed. Idempotent.
   */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    LOG.info("host={} leaves", record.host());
    if (setup.config().onStop() == OnStop.DRAIN) {
      DrainOnStop.drain(setup.cluster(), record.host());
    }
    if (setup.config().onStop() == OnStop.LEAVE) {
      leave(Self.Leaving.KEEPING, LEAVE_GUESTS_WITHIN, GuestAgent::owns);
    }
    leave(Self.Leaving.GUESTS, LEAVE_GUESTS_WITHIN, GuestAgent::owns);
    leaving = Self.Leaving.STANDBYS;
    try {
      setup.cluster().deregister(record.host(), record.incarnation());
    } catch (RuntimeException e) {
      LOG.warn("host={} could not deregister: {}", record.host(), e.getMessage());
    }
    leave(Self.Leaving.STANDBYS, LEAVE_STANDBYS_WITHIN, GuestAgent::involved);
    stopping = true;
    thread.interrupt();
    join();
    guests.values().forEach(guest -> guest.close(EFFECT_ENDS_WITHIN));
    if (keeps().isEmpty()) {
      Closing.all(watchdog); // armed for the guests that are left
    } else {
      beats.leave(setup.config().heartbeat().lease());
    }
    Closing.all(context.fencer(), watch, peers, beats, slot);
    LOG.info("host={} left", record.host());
  }

  private void leave(Self.Leaving stage, Duration within, Predicate<GuestAgent> remains) {
    leaving = stage;
    wake();
    long until = System.nanoTime() + within.toNanos();
    long connected = System.nanoTime();
    while (guests.values().stream().anyMatch(remains) && System.nanoTime() - until < 0) {
      if (watch.connected()) {
        connected = System.nanoTime();
      } else if (System.nanoTime() - connected > LEAVE_WITHOUT_ZOOKEEPER.toNanos()) {
        LOG.warn("host={} leaves without ZooKeeper: nothing can be handed over", record.host());
        return;
      }
      Pause.millis(10);
    }
  }

  private void join() {
    try {
      thread.join(EFFECT_ENDS_WITHIN);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
