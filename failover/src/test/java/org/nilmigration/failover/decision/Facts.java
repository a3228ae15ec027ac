package org.nilmigration.failover.decision;

import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.nilmigration.checkpoint.handoff.HandoffSource;
import org.nilmigration.checkpoint.handoff.HandoffTarget;
import org.nilmigration.config.MemoryPlacement;
import org.nilmigration.failover.cluster.CallOff;
import org.nilmigration.failover.cluster.Desired;
import org.nilmigration.failover.cluster.Operation;
import org.nilmigration.failover.placement.Handoff;
import org.nilmigration.failover.placement.Placement;
import org.nilmigration.failover.placement.PlacementState;
import org.nilmigration.heartbeat.Liveness;
import org.nilmigration.heartbeat.RegionVerdict;

/** Facts as host b (incarnation 20) sees them, changed one at a time. */
final class Facts {
  static final String ME = "b";
  static final long ME_INCARNATION = 20;
  static final String OTHER = "a";
  static final long OTHER_INCARNATION = 10;
  static final String AREA = "g000003-h000005.handoff";
  static final long MEMORY_BYTES = 1L << 30;

  private Desired desired = Desired.RUNNING;
  private String preferred;
  private Placement placement;
  private Words words;
  private Arriving arriving;
  private boolean zookeeper = true;
  private boolean stalled;
  private boolean leads;
  private Self.Leaving leaving = Self.Leaving.NO;
  private LocalRole local = new LocalRole.None();
  private final Map<String, Peer> peers = new LinkedHashMap<>();
  private Operation operation;
  private CallOff calledOff;
  private final Set<String> cordoned = new HashSet<>();
  private final Set<String> draining = new HashSet<>();
  private final Set<String> forced = new HashSet<>();
  private String brake;
  private FenceFacts fence = FenceFacts.NOT_REQUIRED;
  private String pause;
  private boolean turn = true;
  private Duration orphanedFor = Duration.ZERO;

  static Facts of() {
    return new Facts().peer(OTHER, OTHER_INCARNATION, true, Liveness.ALIVE);
  }

  /** I follow host a, generation 3, pairing 7. */
  static Facts standby() {
    return of().placement(paired(OTHER, OTHER_INCARNATION, ME, ME_INCARNATION))
        .local(new LocalRole.Standby(3, 7, true, null));
  }

  /** I own the guest and host a follows, generation 3, pairing 7. */
  static Facts owner() {
    return of().placement(paired(ME, ME_INCARNATION, OTHER, OTHER_INCARNATION))
        .local(new LocalRole.Owner(3, 7, true, false, null, null));
  }

  static Placement paired(String owner, long ownerInc, String standby, long standbyInc) {
    return new Placement(
        owner,
        ownerInc,
        standby,
        standbyInc,
        3,
        7,
        PlacementState.RUNNING,
        "live.img",
        MemoryPlacement.CXL,
        "shadow.img",
        "epochs.log",
        true,
        null,
        null);
  }

  static Operation migrate(String to) {
    return Operation.migrate("web", to, false, Duration.ZERO);
  }

  Facts desired(Desired value) {
    desired = value;
    return this;
  }

  Facts preferred(String value) {
    preferred = value;
    return this;
  }

  Facts placement(Placement value) {
    placement = value;
    return this;
  }

  Facts state(PlacementState value) {
    placement = placement.withState(value, "note");
    return this;
  }

  Facts unsynced() {
    return changed("synced", false);
  }

  Facts memoryIn(MemoryPlacement memory) {
    return changed("memory", memory);
  }

  private Facts changed(String component, Object value) {
    try {
      RecordComponent[] components = Placement.class.getRecordComponents();
      Class<?>[] types = new Class<?>[components.length];
      Object[] values = new Object[components.length];
      for (int i = 0; i < components.length; i++) {
        types[i] = components[i].getType();
        boolean named = components[i].getName().equals(component);
        values[i] = named ? value : components[i].getAccessor().invoke(placement);
      }
      placement = Placement.class.getDeclaredConstructor(types).newInstance(values);
      return this;
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  /** A planned move is under way, through the area named {@link #AREA}. */
  Facts moving(String to, long incarnation) {
    placement = placement.withHandoff(new Handoff(to, incarnation, AREA));
    return this;
  }

  Facts words(HandoffSource source, HandoffTarget target) {
    words = new Words(source, target);
    return this;
  }

  /** The guest is on its way to here. */
  Facts arriving(boolean runs, String fault) {
    arriving = new Arriving(3, AREA, runs, fault);
    return this;
  }

  Facts zookeeper(boolean value) {
    zookeeper = value;
    return this;
  }

  Facts stalled() {
    stalled = true;
    return this;
  }

  Facts leads() {
    leads = true;
    return this;
  }

  Facts leaving(Self.Leaving value) {
    leaving = value;
    return this;
  }

  Facts local(LocalRole value) {
    local = value;
    return this;
  }

  Facts operation(Operation value) {
    operation = value;
    return this;
  }

  /** A person cancelled it. */
  Facts calledOff() {
    calledOff = new CallOff("cancelled by me", null);
    return this;
  }

  Facts cordoned(String host) {
    cordoned.add(host);
    return this;
  }

  Facts draining(String host) {
    draining.add(host);
    return cordoned(host);
  }

  Facts drainingByForce(String host) {
    forced.add(host);
    return draining(host);
  }

  Facts fence(FenceFacts value) {
    fence = value;
    return this;
  }

  Facts braked() {
    brake = "this host has just started";
    return this;
  }

  Facts paused() {
    pause = "HA is paused by me";
    return this;
  }

  Facts notItsTurn() {
    turn = false;
    return this;
  }

  private Orders orders() {
    return new Orders(cordoned, draining, forced, pause, turn);
  }

  Facts orphanedFor(Duration value) {
    orphanedFor = value;
    return this;
  }

  Facts peer(String host, long incarnation, boolean registered, Liveness liveness) {
    return peer(host, incarnation, registered, liveness, false);
  }

  Facts peer(
      String host, long incarnation, boolean registered, Liveness liveness, boolean avoided) {
    RegionVerdict verdict = new RegionVerdict(liveness, 1, 1, 1, incarnation, "as the test says");
    peers.put(
        host,
        new Peer(
            host,
            incarnation,
            registered,
            false,
            registered ? null : "not registered",
            verdict,
            avoided,
            0,
            0));
    return this;
  }

  /** Host a runs again, and what its earlier run left of the guest still runs. */
  Facts ownerRestarted(boolean keeps, Liveness liveness) {
    long later = OTHER_INCARNATION + 1;
    RegionVerdict verdict = new RegionVerdict(liveness, 1, 1, 1, later, "as the test says");
    peers.put(OTHER, new Peer(OTHER, later, true, keeps, null, verdict, false, 0, 0));
    return this;
  }

  /** A host whose beats stopped so long ago. */
  Facts silent(String host, long incarnation, boolean registered, Duration since) {
    RegionVerdict verdict =
        new RegionVerdict(Liveness.DEAD, since.toNanos(), 1, 1, incarnation, "as the test says");
    peers.put(host, new Peer(host, incarnation, registered, false, null, verdict, false, 0, 0));
    return this;
  }

  /** An alive host with that much on it, in units of the guest's memory. */
  Facts peer(String host, long incarnation, long committed, long capacity) {
    RegionVerdict verdict =
        new RegionVerdict(Liveness.ALIVE, 1, 1, 1, incarnation, "as the test says");
    peers.put(
        host,
        new Peer(
            host,
            incarnation,
            true,
            false,
            null,
            verdict,
            false,
            committed * MEMORY_BYTES,
            capacity * MEMORY_BYTES));
    return this;
  }

  /** An alive host with another region. */
  Facts stranger(String host, long incarnation) {
    RegionVerdict verdict =
        new RegionVerdict(Liveness.ALIVE, 1, 1, 1, incarnation, "as the test says");
    peers.put(
        host,
        new Peer(
            host,
            incarnation,
            true,
            false,
            "it has another region; name another",
            verdict,
            false,
            0,
            0));
    return this;
  }

  Facts alone() {
    peers.clear();
    return this;
  }

  GuestFacts facts() {
    return new GuestFacts(
        "web",
        desired,
        preferred,
        MEMORY_BYTES,
        placement,
        words,
        new Self(ME, ME_INCARNATION, zookeeper, stalled, leads, leaving),
        local,
        arriving,
        peers,
        operation,
        calledOff,
        orphanedFor,
        brake,
        fence,
        orders());
  }

  Decision decide() {
    return Decisions.decide(facts());
  }

  Action action() {
    return decide().action();
  }
}
